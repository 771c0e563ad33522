/** The definition of pack.ts, and so of the layout that the quantised products read. */
import { f16ToF32 } from './f16.js';
import { Q4_0_BLOCK, Q4_0_BYTES } from './q4_0.js';
import { Q8_0_BLOCK, Q8_0_BYTES } from './q8_0.js';

/** Rows of a group: one lane each. */
const ROWS = 4;
/** Bytes of a block's f16 scale in a file. */
const SCALE_BYTES = 2;
const FORMATS = {
  q4_0: { block: Q4_0_BLOCK, bytes: Q4_0_BYTES },
  q8_0: { block: Q8_0_BLOCK, bytes: Q8_0_BYTES },
} as const;

/** `raw` [rows, K/32] blocks of a file → [⌈rows/4⌉, K/32] blocks of four rows: scales [4] f32, then their quants by words. */
export function pack(type: keyof typeof FORMATS, raw: Uint8Array, rows: number, K: number): Uint8Array<ArrayBuffer> {
  const { block, bytes } = FORMATS[type];
  const quants = bytes - SCALE_BYTES;
  const blocks = K / block;
  const packed = 4 * ROWS + ROWS * quants;
  const to = new Uint8Array(Math.ceil(rows / ROWS) * blocks * packed);
  const view = new DataView(to.buffer);
  for (let r = 0; r < rows; r++) {
    for (let b = 0; b < blocks; b++) {
      const from = (r * blocks + b) * (SCALE_BYTES + quants);
      const at = (Math.floor(r / ROWS) * blocks + b) * packed;
      const i = r % ROWS;
      view.setFloat32(at + 4 * i, f16ToF32(raw[from]! | (raw[from + 1]! << 8)), true);
      for (let e = 0; e < quants; e++) to[at + 16 + (e >> 2) * 16 + 4 * i + (e & 3)] = raw[from + SCALE_BYTES + e]!;
    }
  }
  return to;
}
