/** Numbers in a block. */
export declare const Q4_0_BLOCK = 32;
/** Bytes of a block: [2] scale d, f16 little-endian · [16] nibbles, byte j holds x[j] (low) and x[j + 16] (high). */
export declare const Q4_0_BYTES = 18;
/**
 * x[i] = d · (q[i] − 8).
 * @param blocks [blocks · 18] u8
 * @param y [n] f32, written; n may end inside the last block
 */
export declare function decodeQ4_0(blocks: Uint8Array, y: Float32Array): void;
/**
 * ggml's rule: d = x* / −8 with x* the number furthest from zero, q = min(15, trunc(x / d + 8.5)). The grid reaches
 * −8d but only +7d, so the sign of d is chosen to give x* the longer side.
 * @param x [blocks · 32] f32
 * @param blocks [blocks · 18] u8, written
 */
export declare function encodeQ4_0(x: Float32Array, blocks: Uint8Array): void;
