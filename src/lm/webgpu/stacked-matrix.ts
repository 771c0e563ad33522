/** The layout on the GPU of tensors whose rows are stacked into one matrix, and the windows in which their rows are read. */
import { quantBytes, SCALE_BYTES } from '../../gpu/planes.js';
import { matrixType, tensorInfo, type Model, type TensorInfo } from '../../model/model.js';
import { blockBytes, blockSize, isQuantised, storedBytes, type MatrixType } from '../../model/tensor-types.js';

export type GpuType = MatrixType<'webgpu'>;

/** The most bytes of a window, in the file or on the GPU; a longer row is a window by itself. */
export const WINDOW = 4 * 1024 * 1024;

/** Kernels read rows of numbers four at a time, so rows are padded with zeros to a multiple of four. */
const ROW_STEP = 4;
/** Buffer sizes are multiples of the most bytes a kernel reads at once, a vec4 of f32. */
const BUFFER_STEP = 16;

export interface StackedMatrix {
  readonly label: string;
  readonly type: GpuType;
  readonly parts: readonly TensorInfo[];
  /** Rows of all parts. */
  readonly N: number;
  /** Columns in the file. */
  readonly columns: number;
  /** Columns on the GPU, padded. */
  readonly K: number;
  /** The contents of its buffers: numbers, or quants and scales. */
  readonly planes: readonly { readonly label: string; readonly bytes: number }[];
}

/** Whole rows of one part of a stacked matrix. */
export interface Window {
  readonly part: TensorInfo;
  /** Their bytes within the part. */
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
  /** The index of the first row in the matrix. */
  readonly row: number;
}

/** Stacks the tensors `names`, which have the same number of columns, in their common type, else f32. */
export function stackedMatrix(model: Model, label: string, names: readonly string[], type?: 'f32'): StackedMatrix {
  const parts = names.map((name) => tensorInfo(model, name));
  const types = new Set(parts.map((part) => matrixType('webgpu', part)));
  const [only = 'f32'] = types;
  const columns = columnsOf(parts[0]?.shape ?? []);
  const N = parts.reduce((sum, { shape }) => sum + rowsOf(shape), 0);
  return layOut(label, type ?? (types.size === 1 ? only : 'f32'), parts, N, columns);
}

/** A vector [n] as one row of f32. */
export function vectorOf(model: Model, name: string): StackedMatrix {
  const part = tensorInfo(model, name);
  return layOut(name, 'f32', [{ ...part, shape: [1, ...part.shape] }], 1, columnsOf([1, ...part.shape]));
}

/** Size of the buffer for a plane of `bytes` bytes. */
export function bufferBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BUFFER_STEP)) * BUFFER_STEP;
}

/** Windows over all rows. Where blocks cross rows, a window ends at the end of a block. */
export function* windowsOf({ type, parts, columns, K }: StackedMatrix): Generator<Window> {
  let firstRow = 0;
  for (const part of parts) {
    const rows = rowsOf(part.shape);
    const rowBytes = Math.max(storedBytes(part.type, columns), gpuBytes(type, K));
    const step = rowsPerBlock(blockSize(part.type), columns);
    const most = Math.max(step, Math.floor(WINDOW / rowBytes / step) * step);
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      const offset = storedBytes(part.type, row * columns);
      const length = storedBytes(part.type, (row + count) * columns) - offset;
      yield { part, offset, length, rows: count, row: firstRow + row };
    }
    firstRow += rows;
  }
}

function layOut(label: string, type: GpuType, parts: readonly TensorInfo[], N: number, columns: number): StackedMatrix {
  const common = { label, type, parts, N, columns };
  if (!isQuantised(type)) {
    const K = Math.ceil(columns / ROW_STEP) * ROW_STEP;
    return { ...common, K, planes: [{ label, bytes: N * gpuBytes(type, K) }] };
  }
  const blocks = (N * columns) / blockSize(type);
  return {
    ...common,
    K: columns,
    planes: [
      { label: `${label} quants`, bytes: blocks * quantBytes(type) },
      { label: `${label} scales`, bytes: blocks * SCALE_BYTES },
    ],
  };
}

/** Bytes of `count` weights in all planes together: as many as in the file. */
export function gpuBytes(type: GpuType, count: number): number {
  return (count / blockSize(type)) * blockBytes(type);
}

/** The fewest rows that are whole blocks. */
function rowsPerBlock(block: number, columns: number): number {
  let rows = 1;
  while ((rows * columns) % block !== 0) rows++;
  return rows;
}

export function rowsOf(shape: readonly number[]): number {
  return shape[0] ?? 1;
}

function columnsOf(shape: readonly number[]): number {
  return shape.slice(1).reduce((product, n) => product * n, 1);
}
