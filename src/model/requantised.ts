/** Presents a Q4_K tensor, which no kernel multiplies, as Q8_0: decoded and rounded again when it is read. */
import { decodeQ4_K, Q4_K_BLOCK, Q4_K_BYTES } from '../../kernels/reference/q4_k.js';
import { f32ToF16 } from '../../kernels/reference/f16.js';
import { Q8_0_BLOCK, Q8_0_BYTES } from '../../kernels/reference/q8_0.js';
import type { ByteSource } from '../bytes/byte-source.js';
import type { TensorInfo } from './model.js';

/** Bytes of a superblock after rounding: eight Q8_0 blocks. */
const ROUNDED_BYTES = (Q4_K_BLOCK / Q8_0_BLOCK) * Q8_0_BYTES;

/** Bytes of `count` elements in Q4_K. */
export function q4KBytes(count: number): number {
  return Math.ceil(count / Q4_K_BLOCK) * Q4_K_BYTES;
}

interface Stored {
  readonly source: ByteSource;
  readonly offset: number;
  readonly byteLength: number;
}

/** What it is called and how to read it: the parts of a LazyTensor. */
interface Rounded {
  readonly info: TensorInfo;
  readonly read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
}

export function asQ8_0(stored: Stored, name: string, shape: readonly number[]): Rounded {
  const { source, offset: start } = stored;
  const byteLength = (stored.byteLength / Q4_K_BYTES) * ROUNDED_BYTES;
  return {
    info: { name, shape, type: 'q8_0', byteLength, file: source.name },
    read: async (offset, length) => {
      const first = Math.floor(offset / ROUNDED_BYTES);
      const blocks = Math.ceil((offset + length) / ROUNDED_BYTES) - first;
      const values = new Float32Array(blocks * Q4_K_BLOCK);
      decodeQ4_K(await source.read(start + first * Q4_K_BYTES, blocks * Q4_K_BYTES), values);
      const rounded = new Uint8Array(blocks * ROUNDED_BYTES);
      round(values, new Int8Array(rounded.buffer));
      const from = offset - first * ROUNDED_BYTES;
      return rounded.slice(from, from + length);
    },
  };
}

/**
 * x [blocks · 32] as Q8_0 blocks, by ggml's rule but for the direction of halves. A model has a billion weights: Math.abs and
 * Math.round take four times as long. A scale or minimum that is not finite makes every number of its sub-block so, and the
 * block's scale NaN, which readers refuse.
 */
function round(x: Float32Array, blocks: Int8Array): void {
  for (let start = 0, out = 0; start < x.length; start += Q8_0_BLOCK) {
    let extreme = 0 * x[start]!;
    for (let i = start; i < start + Q8_0_BLOCK; i++) {
      const value = x[i]!;
      if (value > extreme) extreme = value;
      else if (-value > extreme) extreme = -value;
    }
    const scale = f32ToF16(extreme / 127);
    blocks[out++] = scale;
    blocks[out++] = scale >> 8;
    const inverse = extreme > 0 ? 127 / extreme : 0;
    for (let i = start; i < start + Q8_0_BLOCK; i++) blocks[out++] = ((x[i]! * inverse + 128.5) | 0) - 128;
  }
}
