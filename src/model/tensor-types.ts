/** How each tensor type is stored, decoded to f32, and searched for numbers that are not finite. */
import { f16ToF32 } from '../../kernels/reference/f16.js';
import { decodeQ4_0, Q4_0_BLOCK, Q4_0_BYTES } from '../../kernels/reference/q4_0.js';
import { decodeQ8_0, Q8_0_BLOCK, Q8_0_BYTES } from '../../kernels/reference/q8_0.js';
import type { TensorType } from './model.js';

interface Storage {
  /** Numbers that share one block. */
  readonly block: number;
  /** Bytes of one block. */
  readonly bytes: number;
}

const STORAGE: Readonly<Record<TensorType, Storage>> = {
  f32: { block: 1, bytes: 4 },
  f16: { block: 1, bytes: 2 },
  bf16: { block: 1, bytes: 2 },
  q8_0: { block: Q8_0_BLOCK, bytes: Q8_0_BYTES },
  q4_0: { block: Q4_0_BLOCK, bytes: Q4_0_BYTES },
};

/** Numbers in one block: 1 for the plain types, 32 for the quantised. */
export function blockSize(type: TensorType): number {
  return STORAGE[type].block;
}

/** Bytes of `count` numbers. Blocks run over the flattened tensor, so only the last may be partly used. */
export function storedBytes(type: TensorType, count: number): number {
  const { block, bytes } = STORAGE[type];
  return Math.ceil(count / block) * bytes;
}

/** All 65 536 halves: a table lookup decodes a large tensor several times faster than the bit fiddling. */
let halves: Float32Array | undefined;
function halfTable(): Float32Array {
  halves ??= Float32Array.from({ length: 65_536 }, (_, half) => f16ToF32(half));
  return halves;
}

/** The first `count` numbers of `bytes` as f32. `bytes` starts at a block; on every machine of interest little-endian. */
export function decodeTensor(
  type: TensorType,
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
): Float32Array<ArrayBuffer> {
  const y = new Float32Array(count);
  decodeTensorInto(type, bytes, y);
  return y;
}

/** The same into `y`, as many as it holds. */
export function decodeTensorInto(type: TensorType, bytes: Uint8Array<ArrayBuffer>, y: Float32Array): void {
  const count = y.length;
  switch (type) {
    case 'f32':
      y.set(new Float32Array(aligned(bytes), 0, count));
      return;
    case 'f16': {
      const table = halfTable();
      const words = new Uint16Array(aligned(bytes), 0, count);
      for (let i = 0; i < count; i++) y[i] = table[words[i]!]!;
      return;
    }
    case 'bf16': {
      const words = new Uint16Array(aligned(bytes), 0, count);
      const bits = new Uint32Array(y.buffer, y.byteOffset, count);
      for (let i = 0; i < count; i++) bits[i] = words[i]! << 16;
      return;
    }
    case 'q8_0':
      decodeQ8_0(bytes, y);
      return;
    case 'q4_0':
      decodeQ4_0(bytes, y);
      return;
  }
}

/** Index of the first number (for block types: of the first block's first number) that is NaN or infinite; −1 if none. */
export function findNonFinite(type: TensorType, bytes: Uint8Array<ArrayBuffer>): number {
  switch (type) {
    case 'f32': {
      const bits = new Uint32Array(aligned(bytes), 0, bytes.length >> 2);
      for (let i = 0; i < bits.length; i++) if ((bits[i]! & 0x7f80_0000) === 0x7f80_0000) return i;
      return -1;
    }
    case 'bf16':
      return findExponent(bytes, 0x7f80);
    case 'f16':
      return findExponent(bytes, 0x7c00);
    case 'q8_0':
    case 'q4_0': {
      const { block, bytes: stride } = STORAGE[type];
      for (let at = 0; at < bytes.length; at += stride) {
        if ((bytes[at + 1]! & 0x7c) === 0x7c) return (at / stride) * block; // the f16 scale's exponent, all ones
      }
      return -1;
    }
  }
}

function findExponent(bytes: Uint8Array<ArrayBuffer>, mask: number): number {
  const words = new Uint16Array(aligned(bytes), 0, bytes.length >> 1);
  for (let i = 0; i < words.length; i++) if ((words[i]! & mask) === mask) return i;
  return -1;
}

/** The bytes' own buffer where they begin at its start, else a copy: typed arrays want aligned offsets. */
function aligned(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteOffset === 0 ? bytes.buffer : bytes.slice().buffer;
}
