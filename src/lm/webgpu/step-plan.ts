/** One step of the language model as the dispatches it replays every 80 ms, unfused. Letters: docs/model.md. */
import type { Buffers } from '../../gpu/buffers.js';
import type { Dispatch, Kernels } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import type { GpuLayer, GpuLmWeights, GpuMatrix } from './weights.js';

/** RMSNorm's epsilon. [moshi] rms_norm_f32 */
const EPS = 1e-8;
/** Lanes of the elementwise kernels' workgroups, and rows a quantised matvec's workgroup takes. */
const LANES = 64;
const ROWS = 4;

/** The buffers of one stream's step that the host writes or reads. */
export interface StepBuffers {
  /** [K] u32 codes, then the rotation [D/2, 2] as bits; written by the host before each step. */
  readonly input: GPUBuffer;
  /** [4] u32: token to feed, steps taken, the probability's bits, 0. Written by the host at the start only. */
  readonly state: GPUBuffer;
  /** [4 + heads · classes] u32: state after the step, then the pause probabilities' bits. */
  readonly result: GPUBuffer;
  /** [V] f32, for tests and traces. */
  readonly logits: GPUBuffer;
}

export interface StepPlan {
  readonly buffers: StepBuffers;
  readonly dispatches: readonly Dispatch[];
}

/** Numbers of four bytes in a step's input. */
export function inputWords({ nQ, dim, numHeads }: LmConfig): number {
  return nQ + dim / numHeads;
}

export function planStep(kernels: Kernels, memory: Buffers, config: LmConfig, w: GpuLmWeights): StepPlan {
  const { dim: M, hidden: F, textCard: V, pauseHeads: HEADS, pauseClasses: CLASSES } = config;
  const f32 = (name: string, count: number): GPUBuffer => memory.storage(name, count * 4);
  const buffers: StepBuffers = {
    input: f32('input', inputWords(config)),
    state: f32('state', 4),
    result: f32('result', 4 + HEADS * CLASSES),
    logits: f32('logits', V),
  };
  const s = {
    x: f32('x', M),
    h: f32('h', M),
    qkv: f32('qkv', 3 * M),
    a: f32('a', M),
    gateUp: f32('gateUp', 2 * F),
    ffn: f32('ffn', F),
    pause: f32('pause', HEADS * CLASSES),
  };
  const { input, state, result, logits } = buffers;
  const { tables } = w;
  const dispatches: Dispatch[] = [
    kernels.dispatch(
      `embed_${tables.type}`,
      { M, T: tables.count },
      [...tables.buffers, tables.first, input, state, s.x],
      embedGroups(tables.type, M),
    ),
  ];
  for (const [l, layer] of w.layers.entries()) {
    dispatches.push(...planLayer(kernels, memory, config, layer, l, s, buffers));
  }
  dispatches.push(rmsNorm(kernels, s.x, w.outNorm, s.h, M));
  dispatches.push(linear(kernels, w.head, s.h, logits, 0));
  if (w.pause) dispatches.push(linear(kernels, w.pause, s.h, s.pause, 0));
  dispatches.push(kernels.dispatch('finalise', { V, HEADS, CLASSES }, [logits, s.pause, state, result], 1));
  return { buffers, dispatches };
}

type Scratch = Readonly<Record<'x' | 'h' | 'qkv' | 'a' | 'gateUp' | 'ffn', GPUBuffer>>;

// prettier-ignore
function planLayer(
  kernels: Kernels, memory: Buffers, config: LmConfig, w: GpuLayer, l: number, s: Scratch, { input, state }: StepBuffers,
): Dispatch[] {
  const { dim: M, hidden: F, numHeads: H, context: W, nQ: CODES } = config;
  const D = M / H;
  const K = memory.storage(`keys ${l}`, H * W * D * 2);
  const V = memory.storage(`values ${l}`, H * W * D * 2);
  return [
    rmsNorm(kernels, s.x, w.norm1, s.h, M),                                                                 // h      [M]
    linear(kernels, w.qkv, s.h, s.qkv, 0),                                                                  // qkv    [3, H, D]
    kernels.dispatch('rope', { H, D, CODES }, [s.qkv, input], Math.ceil((H * D) / LANES)),                  // q and k
    kernels.dispatch('kv_append', { H, D, W }, [s.qkv, state, K, V], Math.ceil((H * D) / 2 / LANES)),       // row t mod W
    kernels.dispatch('attention', { H, D, W }, [s.qkv, K, V, state, s.a], H),                               // a      [H, D]
    linear(kernels, w.out, s.a, s.x, 1),                                                                    // x     += out·a
    rmsNorm(kernels, s.x, w.norm2, s.h, M),
    linear(kernels, w.ffnIn, s.h, s.gateUp, 0),                                                             // gateUp [2, F]
    kernels.dispatch('swiglu', { F }, [s.gateUp, s.ffn], Math.ceil(F / LANES)),                             // ffn    [F]
    linear(kernels, w.ffnOut, s.ffn, s.x, 1),                                                               // x     += ffnOut·ffn
  ];
}

function rmsNorm(kernels: Kernels, x: GPUBuffer, w: GPUBuffer, h: GPUBuffer, M: number): Dispatch {
  return kernels.dispatch('rms_norm', { M, EPS }, [x, w, h], 1);
}

function linear(
  kernels: Kernels,
  { type, N, K, buffers }: GpuMatrix,
  x: GPUBuffer,
  y: GPUBuffer,
  ADD: 0 | 1,
): Dispatch {
  const rows = type === 'q4_0' || type === 'q8_0' ? ROWS : 1;
  return kernels.dispatch(`matvec_${type}`, { N, K, ADD }, [...buffers, x, y], Math.ceil(N / rows));
}

/** Lanes each take an element, a pair, four, or a word of eight. */
function embedGroups(type: GpuMatrix['type'], M: number): number {
  return Math.ceil(M / { f32: 1, f16: 2, q8_0: 4, q4_0: 8 }[type] / LANES);
}
