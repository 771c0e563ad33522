/** The layout of one stream's keys and values: two rings per layer, one row per step, in one block of memory. */
import type { LmConfig } from '../../model/config.js';
import { StateLayout } from '../../wasm/state-blocks.js';

export interface Rings {
  /** Whether the rings hold 14-bit integers instead of f32, which halves the bytes that a step reads beside the weights. */
  readonly rounded: boolean;
  /** Bytes of one stream's block. */
  readonly bytes: number;
  /** Offsets of each layer's keys and values in the block: see kernels/wasm/ring.ts. */
  readonly layers: readonly { readonly K: number; readonly V: number }[];
}

/** Columns of values that the integer kernel reads at once. */
const STRIP = 32;

/** Lays out integers where `mayRound` is set and a head is a whole number of strips, else f32. */
export function layOutRings({ dim, numHeads, numLayers, context }: LmConfig, mayRound: boolean): Rings {
  const D = dim / numHeads;
  const rounded = mayRound && D % STRIP === 0;
  const [pairs, fours] = [Math.ceil(context / 2), Math.ceil(context / 4)];
  const words = rounded ? numHeads * (pairs * D + fours * 4) : context * dim;
  const state = new StateLayout(0);
  const layers = Array.from({ length: numLayers }, () => ({ K: state.words(words), V: state.words(words) }));
  return { rounded, bytes: state.bytes, layers };
}
