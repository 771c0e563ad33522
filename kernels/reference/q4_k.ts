/** Q4_K, ggml's 4-bit superblock: 256 numbers as eight sub-blocks of 32, each with a 6-bit scale and minimum, 144 bytes. */
import { f16ToF32 } from './f16.js';

/** Numbers in a superblock. */
export const Q4_K_BLOCK = 256;
/** Bytes of a superblock: [2] d, f16 · [2] dmin, f16 · [12] scales and minima · [128] nibbles. */
export const Q4_K_BYTES = 144;

/**
 * x = d · scale · q − dmin · min. The first four scales and minima are the low 6 bits of bytes 4–7 and 8–11; of the others,
 * bytes 12–15 hold the low 4 bits (scale low, minimum high) and the top 2 bits of bytes 4–11 the rest. Byte j of the c-th 32
 * nibble bytes holds element 64·c + j low and 64·c + 32 + j high.
 * @param blocks [superblocks · 144] u8
 * @param y [superblocks · 256] f32, written
 */
export function decodeQ4_K(blocks: Uint8Array, y: Float32Array): void {
  const f16 = (at: number): number => f16ToF32(blocks[at]! | (blocks[at + 1]! << 8));
  for (let out = 0, at = 0; out < y.length; at += Q4_K_BYTES) {
    const [d, dmin] = [f16(at), f16(at + 2)];
    for (let sub = 0; sub < 8; sub++, out += 32) {
      const first = at + 4 + (sub & 3);
      const both = blocks[first + 8]!;
      const [s, m] = [blocks[first]!, blocks[first + 4]!];
      const scale = d * (sub < 4 ? s & 63 : (both & 15) | ((s >> 6) << 4));
      const least = dmin * (sub < 4 ? m & 63 : (both >> 4) | ((m >> 6) << 4));
      const quants = at + 16 + 32 * (sub >> 1);
      const shift = 4 * (sub & 1);
      for (let j = 0; j < 32; j++) y[out + j] = scale * ((blocks[quants + j]! >> shift) & 15) - least;
    }
  }
}
