/** One stream's keys and values: for each layer two rings, one row a step, in one block of memory. */
import type { LmConfig } from '../../model/config.js';
import { StateLayout } from '../../wasm/state-blocks.js';

export interface Rings {
  /** Whether they hold integers of 14 bits instead of f32: half the bytes of what a step reads beside the weights. */
  readonly rounded: boolean;
  /** Bytes of one stream's block. */
  readonly bytes: number;
  /** Of each layer, where its keys and its values begin in the block: see kernels/wasm/ring.ts. */
  readonly layers: readonly { readonly K: number; readonly V: number }[];
}

/** Columns of values that the integer kernel reads together. */
const STRIP = 32;

/** Integers where `mayRound` and a head is whole strips. */
export function layOutRings({ dim, numHeads, numLayers, context }: LmConfig, mayRound: boolean): Rings {
  const D = dim / numHeads;
  const rounded = mayRound && D % STRIP === 0;
  const [pairs, fours] = [Math.ceil(context / 2), Math.ceil(context / 4)];
  const words = rounded ? numHeads * (pairs * D + fours * 4) : context * dim;
  const state = new StateLayout(0);
  const layers = Array.from({ length: numLayers }, () => ({ K: state.words(words), V: state.words(words) }));
  return { rounded, bytes: state.bytes, layers };
}
