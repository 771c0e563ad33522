/** Numbers in a block. */
export declare const Q8_0_BLOCK = 32;
/** Bytes of a block: [2] scale d, f16 little-endian · [32] i8. */
export declare const Q8_0_BYTES = 34;
/**
 * x[i] = d · q[i].
 * @param blocks [blocks · 34] u8
 * @param y [n] f32, written; n may end inside the last block
 */
export declare function decodeQ8_0(blocks: Uint8Array, y: Float32Array): void;
/**
 * ggml's rule: d = max|x| / 127, q = x / d rounded, halves away from zero. The quotient is x · (1/d) with 1/d in f32,
 * because ggml computes it so: dividing instead flips the odd byte.
 * @param x [blocks · 32] f32
 * @param blocks [blocks · 34] u8, written
 */
export declare function encodeQ8_0(x: Float32Array, blocks: Uint8Array): void;
