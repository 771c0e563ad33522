/** Half-precision and bfloat16 numbers, to and from f32, by their bits. */
/** IEEE 754 binary16 bits (0 … 65535) → the same number as f32, exactly. */
export declare function f16ToF32(half: number): number;
/** f32 → the bits of the nearest binary16, ties to even; beyond ±65 504 (plus half a step) ±infinity. */
export declare function f32ToF16(x: number): number;
/** bfloat16 bits (0 … 65535) → the same number as f32: the upper half of its bits. */
export declare function bf16ToF32(half: number): number;
