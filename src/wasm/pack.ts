/** Lays weights out the way the kernels read them. Each matrix is packed once, on its way into WASM memory. */

/** Rows of a packed f32 block: gemm.ts computes eight outputs side by side. */
const F32_ROWS = 8;
/** Rows of a packed quantised group, one lane each, and the streams that matvec-q4_0.ts reads groups in. */
const Q_ROWS = 4;
const Q_STREAMS = 4;
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

/** Bytes of a packed quantised [N, K] matrix: whole groups of rows for each of the four streams it is read in. */
export function packedQuantBytes(type: 'q4_0' | 'q8_0', N: number, K: number): number {
  return Math.ceil(N / Q_ROWS / Q_STREAMS) * Q_STREAMS * packedGroupBytes(type, K);
}

/** Bytes of one group of four packed rows. */
export function packedGroupBytes(type: 'q4_0' | 'q8_0', K: number): number {
  return (K / BLOCK) * Q_ROWS * (4 + (type === 'q4_0' ? BLOCK / 2 : BLOCK));
}
