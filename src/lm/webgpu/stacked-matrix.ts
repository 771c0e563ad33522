/** Tensors that become one matrix on the GPU, one under another: how their rows are laid out there, and read from the file. */
import { quantBytes, SCALE_BYTES } from '../../gpu/planes.js';
import { matrixType, tensorInfo, type Model, type TensorInfo } from '../../model/model.js';
import { blockBytes, blockSize, isQuantised, storedBytes, type MatrixType } from '../../model/tensor-types.js';

export type GpuType = MatrixType<'webgpu'>;

/** Most bytes of a window, in the file or on the GPU; a row that is longer is a window of its own. */
export const WINDOW = 4 * 1024 * 1024;

/** Kernels read rows of numbers four at a time, so each is padded with zeros to a whole four. */
const LANES = 4;
/** Buffers are a whole number of the longest thing a kernel reads at once. */
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
  /** What its buffers hold: numbers, or quants and scales. */
  readonly planes: readonly { readonly label: string; readonly bytes: number }[];
}

/** Whole rows of one part of a stack. */
export interface Window {
  readonly part: TensorInfo;
  /** Where they lie among the part's bytes. */
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
  /** The first of them in the stack. */
  readonly row: number;
}

/** The tensors `names`, of as many columns each, as one matrix: in their own type if it is the same, else in f32. */
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

/** Bytes of a buffer for a plane. */
export function bufferBytes(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / BUFFER_STEP)) * BUFFER_STEP;
}

/** All rows, a few MB at a time. Blocks of awkward rows run on into the next one: a window ends where a block does. */
export function* windowsOf({ type, parts, columns, K }: StackedMatrix): Generator<Window> {
  let before = 0;
  for (const part of parts) {
    const rows = rowsOf(part.shape);
    const rowBytes = Math.max(storedBytes(part.type, columns), gpuBytes(type, K));
    const step = rowsPerBlock(blockSize(part.type), columns);
    const most = Math.max(step, Math.floor(WINDOW / rowBytes / step) * step);
    for (let row = 0; row < rows; row += most) {
      const count = Math.min(most, rows - row);
      const offset = storedBytes(part.type, row * columns);
      const length = storedBytes(part.type, (row + count) * columns) - offset;
      yield { part, offset, length, rows: count, row: before + row };
    }
    before += rows;
  }
}

function layOut(label: string, type: GpuType, parts: readonly TensorInfo[], N: number, columns: number): StackedMatrix {
  const common = { label, type, parts, N, columns };
  if (!isQuantised(type)) {
    const K = Math.ceil(columns / LANES) * LANES;
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

/** Bytes of `count` weights in all planes: as many as in a file. */
export function gpuBytes(type: GpuType, count: number): number {
  return (count / blockSize(type)) * blockBytes(type);
}

/** The fewest rows after which a block ends too. */
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
