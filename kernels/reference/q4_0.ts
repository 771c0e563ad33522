/** Q4_0, ggml's 4-bit block: 32 numbers as one f16 scale and 32 nibbles, 18 bytes. */
import { f16ToF32, f32ToF16 } from './f16.js';

/** Numbers in a block. */
export const Q4_0_BLOCK = 32;
/** Bytes of a block: [2] scale d, f16 little-endian · [16] nibbles, byte j holds x[j] (low) and x[j + 16] (high). */
export const Q4_0_BYTES = 18;

/**
 * x[i] = d · (q[i] − 8).
 * @param blocks [blocks · 18] u8
 * @param y [n] f32, written; n may end inside the last block
 */
export function decodeQ4_0(blocks: Uint8Array, y: Float32Array): void {
  for (let start = 0, at = 0; start < y.length; start += Q4_0_BLOCK, at += Q4_0_BYTES) {
    const d = f16ToF32(blocks[at]! | (blocks[at + 1]! << 8));
    const count = Math.min(Q4_0_BLOCK, y.length - start);
    for (let j = 0; j < count; j++) {
      const byte = blocks[at + 2 + (j % 16)]!;
      y[start + j] = d * ((j < 16 ? byte & 15 : byte >> 4) - 8);
    }
  }
}

/**
 * ggml's rule: d = x* / −8 with x* the number furthest from zero, q = min(15, trunc(x / d + 8.5)). The grid reaches
 * −8d but only +7d, so the sign of d is chosen to give x* the longer side.
 * @param x [blocks · 32] f32
 * @param blocks [blocks · 18] u8, written
 */
export function encodeQ4_0(x: Float32Array, blocks: Uint8Array): void {
  for (let start = 0, out = 0; start < x.length; start += Q4_0_BLOCK, out += Q4_0_BYTES) {
    let extreme = x[start]!;
    for (let j = 1; j < Q4_0_BLOCK; j++) {
      if (Math.abs(x[start + j]!) > Math.abs(extreme)) extreme = x[start + j]!;
    }
    const d = Math.fround(extreme / -8);
    const inverse = reciprocal(d);

    const scale = f32ToF16(d);
    blocks[out] = scale & 0xff;
    blocks[out + 1] = scale >> 8;
    for (let j = 0; j < 16; j++) {
      blocks[out + 2 + j] = nibble(x[start + j]! * inverse) | (nibble(x[start + j + 16]! * inverse) << 4);
    }
  }
}

/** min(15, trunc(y + 8.5)), each step rounded to f32 as ggml's is; y is −8 … 8, give or take a rounding. */
function nibble(y: number): number {
  return Math.min(15, Math.trunc(Math.fround(Math.fround(y) + 8.5)));
}

/** 1/d as ggml computes it, in f32; 0 if d is too close to zero (its f16 is then 0, and so is the block). */
function reciprocal(d: number): number {
  const inverse = Math.fround(1 / d);
  return Number.isFinite(inverse) ? inverse : 0;
}
