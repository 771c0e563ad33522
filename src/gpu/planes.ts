/** Splits quantisation blocks into a plane of quants and a plane of scales: blocks of 18 or 34 bytes are not aligned, the planes are. */
import { blockBytes, type QuantType } from '../model/tensor-types.js';

/** A quantised matrix in the layout that kernels read. */
export interface Planes {
  /** Q4_0 [blocks, 4] u32, the nibbles in the file's order; Q8_0 [blocks, 8] u32, four i8 each. */
  readonly quants: Uint8Array<ArrayBuffer>;
  /** [blocks] f16, two per u32; padded to a whole word. */
  readonly scales: Uint8Array<ArrayBuffer>;
}

/** Bytes of a block's f16 scale. */
export const SCALE_BYTES = 2;

/** Bytes of a block's quants, which follow its scale. */
export function quantBytes(type: QuantType): number {
  return blockBytes(type) - SCALE_BYTES;
}

/** Splits `raw`, [blocks] of an f16 scale and quants, as in a GGUF. */
export function splitPlanes(raw: Uint8Array, type: QuantType): Planes {
  const blocks = raw.byteLength / blockBytes(type);
  const quants = new Uint16Array((blocks * quantBytes(type)) / 2);
  const scales = new Uint16Array(Math.ceil(blocks / 2) * 2);
  splitBlocks(raw, type, quants, scales, 0);
  return { quants: new Uint8Array(quants.buffer), scales: new Uint8Array(scales.buffer) };
}

/**
 * Writes the quants of `raw` from the start of `quants` and its scales from `scales[at]` on, both in half words.
 * Copying half words one by one is fast enough for a disk; a `set` for each block takes six times as long.
 */
export function splitBlocks(
  raw: Uint8Array,
  type: QuantType,
  quants: Uint16Array,
  scales: Uint16Array,
  at: number,
): void {
  const from = halfWords(raw);
  const width = quantBytes(type) / 2;
  const end = at + Math.floor(from.length / (width + 1));
  for (let i = 0, o = 0; at < end; at++) {
    scales[at] = from[i++]!;
    for (const stop = o + width; o < stop; o += 8, i += 8) {
      quants[o] = from[i]!;
      quants[o + 1] = from[i + 1]!;
      quants[o + 2] = from[i + 2]!;
      quants[o + 3] = from[i + 3]!;
      quants[o + 4] = from[i + 4]!;
      quants[o + 5] = from[i + 5]!;
      quants[o + 6] = from[i + 6]!;
      quants[o + 7] = from[i + 7]!;
    }
  }
}

/** A view of the bytes where they begin at an even address, else a copy. */
function halfWords(raw: Uint8Array): Uint16Array {
  const bytes = raw.byteOffset % 2 === 0 ? raw : raw.slice();
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
}
