/** Loads a model's tensors into WASM memory, packed for the kernels that read them. */
import type { WasmHost } from './host.js';
import type { Matrix } from './matrix.js';
import { packedF32Length, packedGroupBytes, packedQuantBytes, packF32, type F32Width } from './pack.js';
import { matrixType, tensorInfo, type Model, type TensorInfo } from '../model/model.js';
import { isQuantised } from '../model/tensor-types.js';
import { release } from '../bytes/release.js';

function matrixShape(info: TensorInfo): { N: number; K: number } {
  const [N = 1, ...rest] = info.shape;
  return { N, K: rest.reduce((product, n) => product * n, 1) };
}

/** Copies a vector [n] into memory as f32, zero-padded to a multiple of eight. */
export async function loadVector(host: WasmHost, model: Model, name: string): Promise<number> {
  const values = await model.readTensorF32(name);
  const at = host.arena.alloc(Math.ceil(values.length / 8) * 32, name);
  host.arena.f32.set(values, at / 4);
  release(values);
  return at;
}

/** Loads [N, K] of any type as packed f32. `taps` and `width`: see packF32. */
export async function loadMatrixF32(
  host: WasmHost,
  model: Model,
  name: string,
  taps = 1,
  width: F32Width = 4,
): Promise<Matrix> {
  const { N, K } = matrixShape(tensorInfo(model, name));
  const values = await model.readTensorF32(name);
  const weights = host.arena.alloc(packedF32Length(N, K) * 4, name);
  packF32(values, N, K, host.arena.f32, weights / 4, taps, width);
  release(values);
  return { type: 'f32', N, K, weights };
}

/** Loads [N, K] in the type that the kernels multiply it in. Throws `model-mismatch` if they do not support its type. */
export async function loadMatrix(host: WasmHost, model: Model, name: string): Promise<Matrix> {
  const info = tensorInfo(model, name);
  const { N, K } = matrixShape(info);
  const type = matrixType('wasm', info);
  if (type === 'f32') return loadMatrixF32(host, model, name);
  if (!isQuantised(type)) return { type, N, K, weights: await loadRaw(host, model, name) };
  const weights = host.arena.alloc(packedQuantBytes(type, N, K), name);
  const group = packedGroupBytes(type, K);
  const raw = host.arena.alloc(windowBytes(info), 'window');
  await readWindows(model, info, (bytes, row) => {
    host.arena.u8.set(bytes, raw);
    host.kernels[`pack_${type}`](raw, weights + (row / 4) * group, (bytes.length / info.byteLength) * N, K);
  });
  host.arena.release(raw, windowBytes(info));
  return { type, N, K, weights };
}

/** Copies a tensor's bytes unchanged. */
export async function loadRaw(host: WasmHost, model: Model, name: string): Promise<number> {
  const info = tensorInfo(model, name);
  const at = host.arena.alloc(info.byteLength, name);
  const { N } = matrixShape(info);
  await readWindows(model, info, (bytes, row) => host.arena.u8.set(bytes, at + (row / N) * info.byteLength));
  return at;
}

/** Bytes read from a file at a time, so that a tensor is never in memory twice. */
const WINDOW = 4 * 2 ** 20;

/** Rows of a window: whole groups of four, and at least one. */
function windowRows(info: TensorInfo): number {
  const { N } = matrixShape(info);
  return 4 * Math.max(1, Math.floor((WINDOW * N) / info.byteLength / 4));
}

/** The same size for nearly all tensors, so that they reuse one block of memory. */
function windowBytes(info: TensorInfo): number {
  return Math.max(WINDOW, (windowRows(info) * info.byteLength) / matrixShape(info).N);
}

/** Reads a tensor, whose rows are whole blocks, in windows of rows; `use` receives the bytes and the index of the first row. */
async function readWindows(
  model: Model,
  info: TensorInfo,
  use: (bytes: Uint8Array<ArrayBuffer>, row: number) => void,
): Promise<void> {
  const { N } = matrixShape(info);
  const rowBytes = info.byteLength / N;
  const rows = windowRows(info);
  for (let row = 0; row < N; row += rows) {
    const bytes = await model.readTensorSlice(info.name, row * rowBytes, Math.min(rows, N - row) * rowBytes);
    use(bytes, row);
    release(bytes);
  }
}
