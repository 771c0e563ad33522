/** Lays weights out the way the kernels read them. Each matrix is packed once, on its way into WASM memory. */
import { f16ToF32 } from '../../kernels/reference/f16.js';

/** Rows of a packed f32 block: gemm.ts computes eight outputs side by side. */
const F32_ROWS = 8;
/** Rows of a packed quantised group: one lane each. */
const Q_ROWS = 4;
/** Elements of a quantisation block. */
const BLOCK = 32;

/** Floats of a packed [N, K] f32 matrix. */
export function packedF32Length(N: number, K: number): number {
  return Math.ceil(N / F32_ROWS) * F32_ROWS * K;
}

/**
 * [N, K] f32 → [⌈N/8⌉, K, 8], zeros past N.
 * `taps` > 1 says that a row is a convolution's [channels, taps] as checkpoints store it; the packed row is
 * [taps, channels], the order in which a [time, channels] window lies in memory.
 */
export function packF32(w: Float32Array, N: number, K: number, to: Float32Array, at: number, taps = 1): void {
  const channels = K / taps;
  for (let n = 0; n < N; n++) {
    const block = at + Math.floor(n / F32_ROWS) * F32_ROWS * K + (n % F32_ROWS);
    const row = n * K;
    for (let j = 0; j < taps; j++) {
      for (let c = 0; c < channels; c++) {
        to[block + (j * channels + c) * F32_ROWS] = w[row + c * taps + j] ?? 0;
      }
    }
  }
}

/** Bytes of the two planes of a packed quantised [N, K] matrix. */
export function packedQuantBytes(type: 'q4_0' | 'q8_0', N: number, K: number): { quants: number; scales: number } {
  const blocks = Math.ceil(N / Q_ROWS) * Q_ROWS * (K / BLOCK);
  return { quants: blocks * (type === 'q4_0' ? 16 : 32), scales: blocks * 4 };
}

/** Bytes of a block in a file: an f16 scale, then the quants. */
const SCALE_BYTES = 2;

/**
 * GGUF rows → four rows interleaved: byte 16j + 4r + i of a group's block holds byte 4j + i of row r's quants, as they
 * are: an i8 each for Q8_0, two nibbles for Q4_0 (low ones elements 0–15, high ones 16–31). `u8` and `f32` are the whole
 * memory; `quants` a byte offset, `scales` a float index.
 */
export function packQuantised(
  type: 'q4_0' | 'q8_0',
  raw: Uint8Array,
  N: number,
  K: number,
  u8: Uint8Array,
  quants: number,
  f32: Float32Array,
  scales: number,
): void {
  const blocks = K / BLOCK;
  const quantBytes = type === 'q4_0' ? BLOCK / 2 : BLOCK;
  for (let n = 0; n < N; n++) {
    const group = Math.floor(n / Q_ROWS) * blocks;
    const r = n % Q_ROWS;
    for (let b = 0; b < blocks; b++) {
      const from = (n * blocks + b) * (SCALE_BYTES + quantBytes);
      f32[scales + (group + b) * Q_ROWS + r] = f16ToF32((raw[from] ?? 0) | ((raw[from + 1] ?? 0) << 8));
      const to = quants + (group + b) * Q_ROWS * quantBytes + 4 * r;
      for (let e = 0; e < quantBytes; e++) u8[to + (e >> 2) * 16 + (e & 3)] = raw[from + SCALE_BYTES + e] ?? 0;
    }
  }
}
