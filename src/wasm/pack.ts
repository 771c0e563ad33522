/** Packs weights into the layouts that the kernels read. Each matrix is packed once, when it is loaded. */
import { blockBytes, blockSize, type QuantType } from '../model/tensor-types.js';

/** Outputs of an f32 matrix are padded to a multiple of this. */
const F32_ROWS = 8;
/** Outputs side by side: 4 for gemm.ts, which uses a weight once or twice, 8 for conv.ts, which uses it for many rows. */
export type F32Width = 4 | 8;
/** Rows of a packed quantised group, one lane each. */
const Q_ROWS = 4;
/** Memory streams in which matvec-q4_0.ts reads groups. */
const Q_STREAMS = 4;
/** A block's scale: f16 in a file, f32 once packed. */
const SCALE_BYTES = { stored: 2, packed: 4 };

/** Floats of a packed [N, K] f32 matrix. */
export function packedF32Length(N: number, K: number): number {
  return Math.ceil(N / F32_ROWS) * F32_ROWS * K;
}

/**
 * [N, K] f32 → [⌈N/8⌉·8/width, K, width], zeros past N.
 * With `taps` > 1 a row is a convolution's [channels, taps], as checkpoints store it; the packed row is
 * [taps, channels], the order of a [time, channels] window in memory.
 */
export function packF32(
  w: Float32Array,
  N: number,
  K: number,
  to: Float32Array,
  at: number,
  taps = 1,
  width: F32Width = 4,
): void {
  const rows = Math.ceil(N / F32_ROWS) * F32_ROWS;
  for (let n = 0; n < rows; n++) {
    // Row by row within a group, which fits the cache; whole columns of the matrix would miss the cache on every float.
    let next = at + (n - (n % width)) * K + (n % width);
    for (let j = 0; j < taps; j++) {
      for (let from = n * K + j; from < (n + 1) * K; from += taps, next += width) to[next] = n < N ? (w[from] ?? 0) : 0;
    }
  }
}

/** Sums of a matrix's taps, each packed for conv.ts, in consecutive planes. */
export interface Planes {
  /** Floats. */
  readonly length: number;
  /** Writes straight to the destination: the largest planes are 50 MB, computed from 33 MB. */
  write(to: Float32Array, at: number): void;
}

/** W [N, channels, 2·stride] f32, [A | B] by taps → A + B, −A, B, each packed for conv-strided.ts. */
export function packStrided(w: Float32Array, N: number, channels: number, stride: number): Planes {
  return packPlanes(N, channels, 2 * stride, stride, [
    (from) => at(w, from) + at(w, from + stride),
    (from) => -at(w, from),
    (from) => at(w, from + stride),
  ]);
}

/** W [N, channels, 3] f32, [A | B | C] by taps → (A + B + C)/2, (A − B + C)/2, A, C, each packed for conv-three.ts. */
export function packThree(w: Float32Array, N: number, channels: number): Planes {
  return packPlanes(N, channels, 3, 1, [
    (from) => (at(w, from) + at(w, from + 1) + at(w, from + 2)) / 2,
    (from) => (at(w, from) - at(w, from + 1) + at(w, from + 2)) / 2,
    (from) => at(w, from),
    (from) => at(w, from + 2),
  ]);
}

function at(w: Float32Array, index: number): number {
  return w[index] ?? 0;
}

/** Packs matrices [N, channels, stride], computed from the first `stride` of each channel's `taps`, like `packF32` of width 8. */
function packPlanes(
  N: number,
  channels: number,
  taps: number,
  stride: number,
  planes: readonly ((from: number) => number)[],
): Planes {
  const L = channels * stride;
  const length = packedF32Length(N, L);
  const rows = length / L;
  return {
    length: planes.length * length,
    write: (to, begin) => {
      for (const [i, value] of planes.entries()) {
        for (let n = 0; n < rows; n++) {
          let next = begin + i * length + (n - (n % F32_ROWS)) * L + (n % F32_ROWS);
          for (let j = 0; j < stride; j++) {
            for (let channel = n * channels; channel < (n + 1) * channels; channel++, next += F32_ROWS)
              to[next] = n < N ? value(channel * taps + j) : 0;
          }
        }
      }
    },
  };
}

/** Bytes of a packed quantised [N, K] matrix: whole groups of rows in each of the four memory streams. */
export function packedQuantBytes(type: QuantType, N: number, K: number): number {
  return Math.ceil(N / Q_ROWS / Q_STREAMS) * Q_STREAMS * packedGroupBytes(type, K);
}

/** Bytes of one group of four packed rows. */
export function packedGroupBytes(type: QuantType, K: number): number {
  const packedBlockBytes = blockBytes(type) - SCALE_BYTES.stored + SCALE_BYTES.packed;
  return (K / blockSize(type)) * Q_ROWS * packedBlockBytes;
}
