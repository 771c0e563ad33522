/** Causal convolutions of the codec: the choice of kernel, loading of weights, kernel calls. */
import type { Model } from '../model/model.js';
import { release } from '../bytes/release.js';
import { tensorInfo } from '../model/model.js';
import { loadMatrixF32, loadVector } from '../wasm/pack-model.js';
import type { WasmHost } from '../wasm/host.js';
import { packStrided, packThree } from '../wasm/pack.js';
import { mixedFloats, stepsFloats } from '../wasm/scratch.js';
import type { Frame, Window } from './frame.js';

/**
 * The kernel by the convolution's shape. `stream` (gemm.ts): one or two rows per frame. `strided` (conv-strided.ts): more rows
 * and taps = 2·stride. `three` (conv-three.ts): more rows, three taps, stride 1. `tile` (conv.ts): everything else.
 */
type ConvKernel = 'stream' | 'tile' | 'strided' | 'three';

/** W [N, channels, taps] packed for its kernel, bias [N] or 0. */
export interface Conv {
  readonly kernel: ConvKernel;
  readonly weights: number;
  readonly bias: number;
  readonly N: number;
  /** taps·channels */
  readonly K: number;
  readonly taps: number;
  readonly stride: number;
}

/** Pointers to a convolution's outputs, [rows, N] f32 each. */
export interface Outputs {
  /** Added to the sums; only for convolutions of one tap. */
  readonly before?: number;
  readonly y?: number;
  /** ELU of `y`. */
  readonly activated?: number;
}

function kernelFor(rows: number, N: number, channels: number, taps: number, stride: number): ConvKernel {
  if (rows <= 2) return 'stream';
  if (rows % 2 === 1) return 'tile';
  if (stride > 1 && taps === 2 * stride) return 'strided';
  return stride === 1 && taps === 3 && N % 8 === 0 && channels % 4 === 0 ? 'three' : 'tile';
}

/** Loads one convolution. `rows`: output rows per frame. Throws what reading a tensor throws. */
export async function loadConv(
  host: WasmHost,
  model: Model,
  name: string,
  rows: number,
  stride = 1,
  hasBias = true,
): Promise<Conv> {
  const { shape } = tensorInfo(model, `${name}.weight`);
  const [N = 1, channels = 1, taps = 1] = shape;
  const kernel = kernelFor(rows, N, channels, taps, stride);
  let weights: number;
  if (kernel === 'strided' || kernel === 'three') {
    const w = await model.readTensorF32(`${name}.weight`);
    const packed = kernel === 'strided' ? packStrided(w, N, channels, stride) : packThree(w, N, channels);
    weights = host.arena.alloc(packed.length * 4, name);
    packed.write(host.arena.f32, weights / 4);
    release(w);
  } else {
    ({ weights } = await loadMatrixF32(host, model, `${name}.weight`, taps, kernel === 'tile' ? 8 : 4));
  }
  const bias = hasBias ? await loadVector(host, model, `${name}.bias`) : 0;
  return { kernel, weights, bias, N, K: channels * taps, taps, stride };
}

/** Appends s [T/stride, N] = conv(x) (+ before), written to `to`. Dilation 1; the window carries taps − stride rows. */
export function planConv({ plan, scratch }: Frame, conv: Conv, x: Window, to: Outputs): void {
  const { kernel, weights: W, bias, N, K, stride } = conv;
  const { before = 0, y = 0, activated = 0 } = to;
  const M = x.T / stride;
  const sums = y || activated;
  if (kernel === 'tile') {
    plan.op('conv', { x: x.head, xStride: stride * x.C * 4, M, W, K, N, bias, before, y, activated, stride: N * 4 });
    return;
  }
  if (kernel === 'strided') {
    const L = K / 2;
    const steps = scratch.perPart(`steps of ${L}`, stepsFloats(M, L));
    plan.op('conv_strided', { x: x.head, M, W, L, N, bias, y, activated, steps, stride: N * 4 });
    return;
  }
  if (kernel === 'three') {
    const L = K / 3;
    const mixed = scratch.perPart(`mixed ${L}`, mixedFloats(M, L));
    plan.op('conv_three', { x: x.head, M, W, L, N, bias, y, activated, mixed, stride: N * 4 });
    return;
  }
  if (before) plan.op('copy', { from: before, to: sums, bytes: M * N * 4 });
  const add = before ? 1 : 0;
  plan.op('gemm', { x: x.head, xStride: stride * x.C * 4, M, W, K, N, bias, scale: 0, y: sums, yStride: N * 4, add });
  if (activated) plan.op('elu', { x: sums, y: activated, n: M * N });
}
