/** Moves a model's tensors into WASM memory, each packed once into the layout its kernel reads fastest. */
import { SttError } from '../errors.js';
import type { WasmHost } from '../wasm/host.js';
import type { Matrix } from '../wasm/matrix.js';
import { packedF32Length, packedQuantBytes, packF32, packQ4, packQ8 } from '../wasm/pack.js';
import type { Model, TensorInfo } from './model.js';

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
