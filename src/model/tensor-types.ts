/** The tensor types, in one table: number in ggml, storage, decoder, and the type that each backend multiplies in. */
import { f16ToF32 } from '../../kernels/reference/f16.js';
import { decodeQ4_0, Q4_0_BLOCK, Q4_0_BYTES } from '../../kernels/reference/q4_0.js';
import { decodeQ8_0, Q8_0_BLOCK, Q8_0_BYTES } from '../../kernels/reference/q8_0.js';
import type { Backend } from '../protocol/model.js';

interface TensorTypeRow {
  /** ggml's number of the type. */
  readonly ggmlId: number;
  /** Elements per block: 1 for the plain types. A quantised block is an f16 scale and its quants. */
  readonly blockSize: number;
  /** Bytes per block. */
  readonly blockBytes: number;
  /** Decodes as many elements as `y` holds. */
  readonly decode: (bytes: Uint8Array<ArrayBuffer>, y: Float32Array) => void;
  /** Index of the first NaN or infinity (in a quantised type, of its block's first element); −1 if there is none. */
  readonly findNonFinite: (bytes: Uint8Array<ArrayBuffer>) => number;
  /** The type each backend stores and multiplies such a matrix in; without an entry the backend rejects the type. */
  readonly multipliedAs: Readonly<Partial<Record<Backend, string>>>;
}

const TENSOR_TYPES = {
  f32: {
    ggmlId: 0,
    blockSize: 1,
    blockBytes: 4,
    decode: (bytes, y) => y.set(new Float32Array(aligned(bytes), 0, y.length)),
    findNonFinite: (bytes) => {
      const bits = new Uint32Array(aligned(bytes), 0, bytes.length >> 2);
      for (let i = 0; i < bits.length; i++) if ((bits[i]! & 0x7f80_0000) === 0x7f80_0000) return i;
      return -1;
    },
    multipliedAs: { wasm: 'f32', webgpu: 'f32' },
  },
  f16: {
    ggmlId: 1,
    blockSize: 1,
    blockBytes: 2,
    decode: (bytes, y) => {
      const table = halfTable();
      const words = new Uint16Array(aligned(bytes), 0, y.length);
      for (let i = 0; i < y.length; i++) y[i] = table[words[i]!]!;
    },
    findNonFinite: (bytes) => findExponent(bytes, 0x7c00),
    multipliedAs: { wasm: 'f16', webgpu: 'f16' },
  },
  bf16: {
    ggmlId: 30,
    blockSize: 1,
    blockBytes: 2,
    decode: (bytes, y) => {
      const words = new Uint16Array(aligned(bytes), 0, y.length);
      const bits = new Uint32Array(y.buffer, y.byteOffset, y.length);
      for (let i = 0; i < y.length; i++) bits[i] = words[i]! << 16;
    },
    findNonFinite: (bytes) => findExponent(bytes, 0x7f80),
    multipliedAs: { wasm: 'bf16', webgpu: 'f32' },
  },
  q8_0: {
    ggmlId: 8,
    blockSize: Q8_0_BLOCK,
    blockBytes: Q8_0_BYTES,
    decode: decodeQ8_0,
    findNonFinite: (bytes) => findScale(bytes, Q8_0_BLOCK, Q8_0_BYTES),
    multipliedAs: { wasm: 'q8_0', webgpu: 'q8_0' },
  },
  q4_0: {
    ggmlId: 2,
    blockSize: Q4_0_BLOCK,
    blockBytes: Q4_0_BYTES,
    decode: decodeQ4_0,
    findNonFinite: (bytes) => findScale(bytes, Q4_0_BLOCK, Q4_0_BYTES),
    multipliedAs: { wasm: 'q4_0', webgpu: 'q4_0' },
  },
} as const satisfies Readonly<Record<string, TensorTypeRow>>;

type Table = typeof TENSOR_TYPES;

export type TensorType = keyof Table;

/** The types that store a scale for each block of elements. */
export type QuantType = { [T in TensorType]: Table[T]['blockSize'] extends 1 ? never : T }[TensorType];

/** The types that a backend multiplies matrices in. */
export type MatrixType<B extends Backend> = Table[TensorType]['multipliedAs'][B];

const ROWS: Readonly<Record<TensorType, TensorTypeRow>> = TENSOR_TYPES;
const ALL = Object.keys(TENSOR_TYPES) as TensorType[];

export function isQuantised<T extends TensorType>(type: T): type is T & QuantType {
  return ROWS[type].blockSize > 1;
}

/** Elements per block: 1 for the plain types. */
export function blockSize(type: TensorType): number {
  return ROWS[type].blockSize;
}

/** Bytes per block. */
export function blockBytes(type: TensorType): number {
  return ROWS[type].blockBytes;
}

/** Bytes of `count` elements. Blocks run over the flattened tensor, so only the last may be partly used. */
export function storedBytes(type: TensorType, count: number): number {
  return Math.ceil(count / blockSize(type)) * blockBytes(type);
}

/** ggml's number of the type. */
export function ggmlIdOf(type: TensorType): number {
  return ROWS[type].ggmlId;
}

/** The type of a ggml number; undefined if it is not supported. */
export function typeOfGgmlId(id: number): TensorType | undefined {
  return ALL.find((type) => ROWS[type].ggmlId === id);
}

/** The type of a safetensors dtype, `BF16`; undefined if it is not supported. */
export function typeOfDtype(dtype: string): TensorType | undefined {
  return ALL.find((type) => !isQuantised(type) && type.toUpperCase() === dtype);
}

/**
 * The type in which `backend` multiplies a matrix of this type with rows of `columns` elements: f32 if a quantised row
 * is not a whole number of blocks. Undefined if the backend does not support the type.
 */
export function multipliedAs<B extends Backend>(
  backend: B,
  type: TensorType,
  columns: number,
): MatrixType<B> | 'f32' | undefined {
  const rows: Readonly<Partial<Record<string, TensorTypeRow>>> = ROWS;
  const row = rows[type]; // a model may be newer than this table
  if (row === undefined) return undefined;
  return columns % row.blockSize === 0 ? (row.multipliedAs[backend] as MatrixType<B>) : 'f32';
}

/** The types that can be opened, or that `backend` supports, for messages: `F32, F16 or Q4_0`. */
export function supportedTypes(backend?: Backend): string {
  const names = ALL.filter((type) => backend === undefined || ROWS[type].multipliedAs[backend] !== undefined);
  return names
    .join(', ')
    .toUpperCase()
    .replace(/, (?=[^,]*$)/, ' or ');
}

/** The first `count` elements of `bytes` as f32. `bytes` starts at a block and is little-endian. */
export function decodeTensor(
  type: TensorType,
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
): Float32Array<ArrayBuffer> {
  const y = new Float32Array(count);
  decodeTensorInto(type, bytes, y);
  return y;
}

/** Decodes as many elements as `y` holds. */
export function decodeTensorInto(type: TensorType, bytes: Uint8Array<ArrayBuffer>, y: Float32Array): void {
  ROWS[type].decode(bytes, y);
}

/** Index of the first NaN or infinity (in a quantised type, of its block's first element); −1 if there is none. */
export function findNonFinite(type: TensorType, bytes: Uint8Array<ArrayBuffer>): number {
  return ROWS[type].findNonFinite(bytes);
}

/** All 65 536 halves: a table lookup decodes a large tensor several times faster than computing each. */
let halves: Float32Array | undefined;
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, half) => f16ToF32(half));
  return halves;
}

/** Index of the first 16-bit word with all exponent bits of `mask` set. */
function findExponent(bytes: Uint8Array<ArrayBuffer>, mask: number): number {
  const words = new Uint16Array(aligned(bytes), 0, bytes.length >> 1);
  for (let i = 0; i < words.length; i++) if ((words[i]! & mask) === mask) return i;
  return -1;
}

/** Index of the first element of the first block whose f16 scale, at the block's start, has all exponent bits set. */
function findScale(bytes: Uint8Array, size: number, stride: number): number {
  for (let at = 0; at < bytes.length; at += stride) if ((bytes[at + 1]! & 0x7c) === 0x7c) return (at / stride) * size;
  return -1;
}

/** The buffer of `bytes` if they begin at its start, else a copy: typed arrays need aligned offsets. */
function aligned(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteOffset === 0 ? bytes.buffer : bytes.slice().buffer;
}
