/** Takes a file's quantisation blocks apart: a block of 18 or 34 bytes is never aligned, its two planes are. */

/** A quantised matrix as kernels read it. */
export interface Planes {
  /** Q4_0 [blocks, 4] u32, the nibbles in the file's order; Q8_0 [blocks, 8] u32, four i8 each. */
  readonly quants: Uint8Array<ArrayBuffer>;
  /** [blocks] f16, two per u32; padded to a whole word. */
  readonly scales: Uint8Array<ArrayBuffer>;
}

const SCALE_BYTES = 2;

/** `raw` is [blocks] of f16 scale and quants, as in a GGUF. */
export function splitPlanes(raw: Uint8Array, type: 'q4_0' | 'q8_0'): Planes {
  const quantBytes = type === 'q4_0' ? 16 : 32;
  const blocks = raw.byteLength / (SCALE_BYTES + quantBytes);
  const quants = new Uint8Array(blocks * quantBytes);
  const scales = new Uint8Array(Math.ceil(blocks / 2) * 4);
  for (let b = 0; b < blocks; b++) {
    const from = b * (SCALE_BYTES + quantBytes);
    scales[2 * b] = raw[from] ?? 0;
    scales[2 * b + 1] = raw[from + 1] ?? 0;
    quants.set(raw.subarray(from + SCALE_BYTES, from + SCALE_BYTES + quantBytes), b * quantBytes);
  }
  return { quants, scales };
}
