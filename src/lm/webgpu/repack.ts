/** Converts rows from the file's layout to that of the kernels, in memory that is allocated once. */
import { quantBytes, SCALE_BYTES, splitBlocks } from '../../gpu/planes.js';
import type { Uploads } from '../../gpu/upload.js';
import { blockSize, decodeTensorInto, isQuantised, type QuantType } from '../../model/tensor-types.js';
import { gpuBytes, WINDOW, type StackedMatrix, type Window } from './stacked-matrix.js';

export class Repacker {
  readonly #uploads: Uploads;
  /** Numbers or quants. Grows only for rows longer than a window. */
  #values = new ArrayBuffer(WINDOW);
  /** Scales, written in pairs: the first may be the last scale of the previous window. */
  #scales = new Uint16Array(WINDOW / quantBytes('q4_0'));

  constructor(uploads: Uploads) {
    this.#uploads = uploads;
  }

  /** Writes one window. The windows of a matrix must be written in order, without those of other matrices in between. */
  write(matrix: StackedMatrix, buffers: readonly GPUBuffer[], window: Window, raw: Uint8Array<ArrayBuffer>): void {
    const { type } = matrix;
    const [first, second] = buffers;
    if (first === undefined) return;
    if (!isQuantised(type)) return this.#numbers(matrix, first, window, raw);
    if (second !== undefined) this.#blocks(type, matrix, first, second, window, raw);
  }

  #numbers(
    { type, columns, K }: StackedMatrix,
    buffer: GPUBuffer,
    { part, rows, row }: Window,
    raw: Uint8Array<ArrayBuffer>,
  ): void {
    const at = gpuBytes(type, row * K);
    if (part.type === type && columns === K) return this.#uploads.write(buffer, at, raw, raw.byteLength);
    const bytes = gpuBytes(type, rows * K);
    if (this.#values.byteLength < bytes) this.#values = new ArrayBuffer(bytes);
    const values = new (type === 'f32' ? Float32Array : Uint16Array)(this.#values, 0, rows * K);
    if (values instanceof Float32Array) decodeTensorInto(part.type, raw, values.subarray(0, rows * columns));
    else new Uint8Array(this.#values).set(raw);
    spread(values, rows, columns, K);
    this.#uploads.write(buffer, at, values, bytes);
  }

  #blocks(
    type: QuantType,
    { K }: StackedMatrix,
    quants: GPUBuffer,
    scales: GPUBuffer,
    { rows, row }: Window,
    raw: Uint8Array<ArrayBuffer>,
  ): void {
    const before = (row * K) / blockSize(type);
    const blocks = (rows * K) / blockSize(type);
    const bytes = blocks * quantBytes(type);
    if (this.#values.byteLength < bytes) this.#values = new ArrayBuffer(bytes);
    const values = new Uint16Array(this.#values, 0, bytes / 2);
    // A word of the scale plane that two windows share is written twice; the second write completes it.
    const shared = before % 2;
    const end = shared + blocks;
    const scaleBytes = Math.ceil(end / 2) * 2 * SCALE_BYTES;
    splitBlocks(raw, type, values, this.#scales, shared);
    if (end % 2 === 1) this.#scales[end] = 0;
    this.#uploads.write(quants, before * quantBytes(type), values, bytes);
    this.#uploads.write(scales, (before - shared) * SCALE_BYTES, this.#scales, scaleBytes);
    if (end % 2 === 1) this.#scales[0] = this.#scales[end - 1] ?? 0;
  }
}

/** Pads [rows, columns] at the start of `values` to [rows, K] with zeros, in place, from the last row to the first. */
function spread(values: Float32Array | Uint16Array, rows: number, columns: number, K: number): void {
  if (columns === K) return;
  for (let row = rows - 1; row >= 0; row--) {
    values.copyWithin(row * K, row * columns, (row + 1) * columns);
    values.fill(0, row * K + columns, (row + 1) * K);
  }
}
