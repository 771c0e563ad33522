/** Draws a quantised block of 32 normal numbers directly: its scale, then its quants. */
import { f32ToF16 } from '../../../kernels/reference/f16.js';
import { maximumQuantile, truncatedQuantiles } from './bell.js';

/** Kinds of block, evenly likely, by how large their largest number is. A power of two. */
export const LEVELS = 64;

export interface BlockTables {
  /** Random bits that choose one quant. */
  readonly bits: number;
  /** [LEVELS · 2^bits]: level by level, the quants a number of that block becomes, evenly likely. */
  readonly quants: Uint8Array;
  /** The stored quant of the number furthest from zero. */
  readonly extreme: number;
  /** [LEVELS]: the scale at a standard deviation of 1. */
  readonly scales: readonly number[];
}

/** Nibbles q with x = d · (q − 8); the extreme becomes 0, whatever its sign, because d takes the other. */
export function q4Tables(): BlockTables {
  return blockTables(8, 0, -8, (ratio) => Math.min(15, Math.trunc(ratio * 8 + 8.5)));
}

/** Signed bytes q with x = d · q. */
export function q8Tables(): BlockTables {
  return blockTables(12, 127, 127, (ratio) => Math.round(ratio * 127) & 0xff);
}

/** `quantise`: a number over the block's largest magnitude, −1 … 1, as it is stored. `divisor`: the extreme in units of d. */
function blockTables(bits: number, extreme: number, divisor: number, quantise: (ratio: number) => number): BlockTables {
  const entries = 2 ** bits;
  const quants = new Uint8Array(LEVELS * entries);
  const scales: number[] = [];
  for (let level = 0; level < LEVELS; level++) {
    const most = maximumQuantile(32, (level + 0.5) / LEVELS);
    scales.push(most / divisor);
    quants.set(
      truncatedQuantiles(most, entries).map((z) => quantise(z / most)),
      level * entries,
    );
  }
  return { bits, quants, extreme, scales };
}

/** [LEVELS · 2] f16 bits: each level's scale with either sign, at a standard deviation of `std`. */
export function scaleHalves({ scales }: BlockTables, std: number): Uint16Array {
  return Uint16Array.from(scales.flatMap((scale) => [f32ToF16(scale * std), f32ToF16(-scale * std)]));
}
