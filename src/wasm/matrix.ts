/** A weight matrix in WASM memory, in the layout of the kernel that multiplies it fastest. */
import { SttError } from '../errors.js';
import type { Model, TensorInfo } from '../model/model.js';
import type { WasmHost } from './host.js';
import { packedF32Length, packedQuantBytes, packF32, packQ4, packQ8 } from './pack.js';
import type { PlanBuilder } from './plan.js';

export type MatrixType = 'f32' | 'f16' | 'q8_0' | 'q4_0';

/** W [N, K] with an optional bias [N] and an optional output scale [N]. Pointers are 0 where absent. */
export interface Matrix {
  readonly type: MatrixType;
  readonly N: number;
  readonly K: number;
  readonly weights: number;
  /** Scale plane of the quantised types. */
  readonly scales: number;
}

/** Where a quantised product finds its int8 activations. */
export interface Quantised {
  readonly q: number;
  readonly d: number;
  readonly s: number;
}

/** A tensor's info; `model-mismatch` where the model has none of that name. */
export function tensorInfo(model: Model, name: string): TensorInfo {
  const info = model.tensors.get(name);
  if (!info) throw new SttError('model-mismatch', `${model.name}: ${name} is missing`);
  return info;
}

function matrixShape(info: TensorInfo): { N: number; K: number } {
  const [N = 1, ...rest] = info.shape;
  return { N, K: rest.reduce((product, n) => product * n, 1) };
}

/** Copies a vector [n] into memory, padded with zeros to a whole block of eight. */
export async function loadVector(host: WasmHost, model: Model, name: string): Promise<number> {
  const values = await model.readTensorF32(name);
  const at = host.arena.alloc(Math.ceil(values.length / 8) * 32, name);
  host.arena.f32.set(values, at / 4);
  return at;
}

/** [N, K] as packed f32, whatever its type in the file. `taps`: see packF32. */
export async function loadMatrixF32(host: WasmHost, model: Model, name: string, taps = 1): Promise<Matrix> {
  const { N, K } = matrixShape(tensorInfo(model, name));
  const values = await model.readTensorF32(name);
  const weights = host.arena.alloc(packedF32Length(N, K) * 4, name);
  packF32(values, N, K, host.arena.f32, weights / 4, taps);
  return { type: 'f32', N, K, weights, scales: 0 };
}

/** [N, K] in its own type where a kernel multiplies it so, as f32 otherwise (bf16; quantised rows not a multiple of 32). */
export async function loadMatrix(host: WasmHost, model: Model, name: string): Promise<Matrix> {
  const info = tensorInfo(model, name);
  const { N, K } = matrixShape(info);
  if (info.type === 'f16') return { type: 'f16', N, K, weights: await loadHalves(host, model, info), scales: 0 };
  if ((info.type !== 'q4_0' && info.type !== 'q8_0') || K % 32 !== 0) return loadMatrixF32(host, model, name);
  const raw = await model.readTensor(name);
  const bytes = packedQuantBytes(info.type, N, K);
  const weights = host.arena.alloc(bytes.quants, name);
  const scales = host.arena.alloc(bytes.scales, name);
  const pack = info.type === 'q4_0' ? packQ4 : packQ8;
  if (!pack(raw, N, K, host.arena.u8, weights, host.arena.f32, scales / 4)) {
    throw new SttError('model-invalid', `${info.file}: ${name} has a scale that is not a finite number`);
  }
  return { type: info.type, N, K, weights, scales };
}

/** Copies f16 values as they are; refuses those that are not finite. */
export async function loadHalves(host: WasmHost, model: Model, info: TensorInfo): Promise<number> {
  const raw = await model.readTensor(info.name);
  const halves = new Uint16Array(raw.buffer, raw.byteOffset, raw.byteLength >> 1);
  const bad = halves.findIndex((bits) => (bits & 0x7c00) === 0x7c00);
  if (bad >= 0) throw new SttError('model-invalid', `${info.file}: ${info.name}[${bad}] is not a finite number`);
  const at = host.arena.alloc(raw.byteLength, info.name);
  host.arena.u8.set(raw, at);
  return at;
}

/** y [N] (+)= W·x for one token. The quantised types first turn x into int8. */
export function multiply(
  plan: PlanBuilder,
  m: Matrix,
  x: number,
  y: number,
  quantised: Quantised,
  add: 0 | 1 = 0,
): void {
  const { N, K, weights: W, scales } = m;
  switch (m.type) {
    case 'f32':
      plan.op('gemm', { x, xStride: K * 4, M: 1, W, K, N, bias: 0, scale: 0, y, yStride: N * 4, add });
      return;
    case 'f16':
      plan.op('matvec_f16', { W, x, y, N, K, add });
      return;
    case 'q8_0':
      plan.op('quantize', { x, ...quantised, K });
      plan.op('matvec_q8_0', { W, d: scales, q: quantised.q, dx: quantised.d, y, N, K, add });
      return;
    case 'q4_0':
      plan.op('quantize', { x, ...quantised, K });
      plan.op('matvec_q4_0', { W, d: scales, q: quantised.q, dx: quantised.d, s: quantised.s, y, N, K, add });
  }
}
