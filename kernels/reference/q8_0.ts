/** Q8_0, ggml's 8-bit block: 32 numbers as one f16 scale and 32 signed bytes, 34 bytes. */
import { f16ToF32, f32ToF16 } from './f16.js';

/** Numbers in a block. */
export const Q8_0_BLOCK = 32;
/** Bytes of a block: [2] scale d, f16 little-endian · [32] i8. */
export const Q8_0_BYTES = 34;

/**
 * x[i] = d · q[i].
 * @param blocks [blocks · 34] u8
 * @param y [n] f32, written; n may end inside the last block
 */
export function decodeQ8_0(blocks: Uint8Array, y: Float32Array): void {
  for (let start = 0, at = 0; start < y.length; start += Q8_0_BLOCK, at += Q8_0_BYTES) {
    const d = f16ToF32(blocks[at]! | (blocks[at + 1]! << 8));
    const count = Math.min(Q8_0_BLOCK, y.length - start);
    for (let j = 0; j < count; j++) {
      const byte = blocks[at + 2 + j]!;
      y[start + j] = d * (byte < 128 ? byte : byte - 256);
    }
  }
}

/**
 * ggml's rule: d = max|x| / 127, q = x / d rounded, halves away from zero. The quotient is x · (1/d) with 1/d in f32,
 * as in ggml: a division would change some bytes.
 * @param x [blocks · 32] f32
 * @param blocks [blocks · 34] u8, written
 */
export function encodeQ8_0(x: Float32Array, blocks: Uint8Array): void {
  for (let start = 0, out = 0; start < x.length; start += Q8_0_BLOCK, out += Q8_0_BYTES) {
    let extreme = 0;
    for (let j = 0; j < Q8_0_BLOCK; j++) extreme = Math.max(extreme, Math.abs(x[start + j]!));
    const d = Math.fround(extreme / 127);
    const finite = Math.fround(1 / d);
    const inverse = Number.isFinite(finite) ? finite : 0; // d is too close to zero: its f16 is 0, and so is the block

    const scale = f32ToF16(d);
    blocks[out] = scale & 0xff;
    blocks[out + 1] = scale >> 8;
    for (let j = 0; j < Q8_0_BLOCK; j++) {
      const y = Math.fround(x[start + j]! * inverse);
      const whole = Math.floor(Math.abs(y));
      const rounded = whole + (Math.abs(y) - whole >= 0.5 ? 1 : 0);
      blocks[out + 2 + j] = (y < 0 ? -rounded : rounded) & 0xff;
    }
  }
}
