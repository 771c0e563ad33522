/** One stream's keys and values: for each layer two rings, one row a step, in one block of memory. */
import type { LmConfig } from '../../model/config.js';
import { StateLayout } from '../../wasm/blocks.js';

export interface Rings {
  /** Whether they hold f16 instead of f32: half the bytes of the largest thing a step reads beside the weights. */
  readonly half: boolean;
  /** Bytes of one stream's block. */
  readonly bytes: number;
  /** Of each layer, where its keys and its values begin in the block, each [H, W, D]. */
  readonly layers: readonly { readonly K: number; readonly V: number }[];
}

/** f16 where `isRounded` and a head is whole blocks of eight, which is what the kernel reads. */
export function layOutRings({ dim, numHeads, numLayers, context }: LmConfig, isRounded: boolean): Rings {
  const half = isRounded && (dim / numHeads) % 8 === 0;
  const state = new StateLayout(0);
  const words = (context * dim) / (half ? 2 : 1);
  const layers = Array.from({ length: numLayers }, () => ({ K: state.words(words), V: state.words(words) }));
  return { half, bytes: state.bytes, layers };
}
