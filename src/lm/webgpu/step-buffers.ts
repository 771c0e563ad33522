/** The buffers of a batch that the host writes or reads, and their layout. */
import type { Buffers } from '../../gpu/buffers.js';
import type { LmConfig } from '../../model/config.js';
import { TABLE_WORDS } from '../phrase-table.js';

/** The most streams that step together. */
export const MAX_SLOTS = 4;
/** Words of a stream's state: the token to feed, the steps taken, the bits of its probability, the node in its phrases. */
export const STATE_WORDS = 4;
/** Words of a result before the pause probabilities. */
export const RESULT_HEADER = 4;

export interface StepBuffers {
  /** [MAX_SLOTS, stepWords] u32: slot, codes, the bits of the rotation; written by the host before each step. */
  readonly input: GPUBuffer;
  /** [MAX_SLOTS, STATE_WORDS] u32, by slot; written by the host only where it forces a token. */
  readonly state: GPUBuffer;
  /** [MAX_SLOTS, TABLE_WORDS] u32: the streams' phrases, by slot; written by the host when they change. */
  readonly phrases: GPUBuffer;
  /** [MAX_SLOTS, resultWords] u32: the state after the step, then the bits of the pause probabilities. */
  readonly result: GPUBuffer;
  /** [MAX_SLOTS, V] f32. */
  readonly logits: GPUBuffer;
  /** [MAX_SLOTS, heads · classes] f32 logits. */
  readonly pause: GPUBuffer;
}

/** Words of a stream's input: its slot, a code per codebook, cos and sin per pair of a head. */
export function stepWords({ nQ, dim, numHeads }: LmConfig): number {
  return 1 + nQ + dim / numHeads;
}

export function resultWords({ pauseHeads, pauseClasses }: LmConfig): number {
  return RESULT_HEADER + pauseHeads * pauseClasses;
}

export function stepBuffers(memory: Buffers, config: LmConfig): StepBuffers {
  const words = (name: string, perSlot: number): GPUBuffer => memory.storage(name, MAX_SLOTS * perSlot * 4);
  return {
    input: words('input', stepWords(config)),
    state: words('state', STATE_WORDS),
    phrases: words('phrases', TABLE_WORDS),
    result: words('result', resultWords(config)),
    logits: words('logits', config.textCard),
    pause: words('pause', config.pauseHeads * config.pauseClasses),
  };
}
