/** Moves a model's tensors into WASM memory, each packed once into the layout its kernel reads fastest. */
import type { WasmHost } from '../wasm/host.js';
import type { Matrix } from '../wasm/matrix.js';
import { packedF32Length, packedQuantBytes, packF32, packQuantised } from '../wasm/pack.js';
import type { Model, TensorInfo } from './model.js';
import { tensorInfo } from './tensor-info.js';

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

/** [N, K] in its own type where a kernel multiplies it so; quantised rows that are not a multiple of 32 as f32. */
export async function loadMatrix(host: WasmHost, model: Model, name: string): Promise<Matrix> {
  const info = tensorInfo(model, name);
  const { N, K } = matrixShape(info);
  const { type } = info;
  if (type === 'f16' || type === 'bf16') return { type, N, K, weights: await loadRaw(host, model, name), scales: 0 };
  if (type === 'f32' || K % 32 !== 0) return loadMatrixF32(host, model, name);
  const raw = await model.readTensor(name);
  const bytes = packedQuantBytes(type, N, K);
  const weights = host.arena.alloc(bytes.quants, name);
  const scales = host.arena.alloc(bytes.scales, name);
  packQuantised(type, raw, N, K, host.arena.u8, weights, host.arena.f32, scales / 4);
  return { type, N, K, weights, scales };
}

/** Copies a tensor's bytes as they are. */
export async function loadRaw(host: WasmHost, model: Model, name: string): Promise<number> {
  const raw = await model.readTensor(name);
  const at = host.arena.alloc(raw.byteLength, name);
  host.arena.u8.set(raw, at);
  return at;
}
