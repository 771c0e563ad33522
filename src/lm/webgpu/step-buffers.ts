/** The buffers of a bank's steps that the host writes or reads, and how numbers lie in them. */
import type { Buffers } from '../../gpu/buffers.js';
import type { LmConfig } from '../../model/config.js';

/** Sessions that step together at most. */
export const MOST_SEATS = 4;
/** Words of a session's state: token to feed, steps taken, the probability's bits, 0. */
export const STATE_WORDS = 4;
/** Words of a result before the pause probabilities. */
export const RESULT_HEADER = 4;

export interface StepBuffers {
  /** [MOST_SEATS, stepWords] u32: seat, codes, the rotation's bits; written by the host before each step. */
  readonly input: GPUBuffer;
  /** [MOST_SEATS, STATE_WORDS] u32, by seat. Written by the host at a stream's start only. */
  readonly state: GPUBuffer;
  /** [MOST_SEATS, resultWords] u32: state after the step, then the pause probabilities' bits. */
  readonly result: GPUBuffer;
  /** [MOST_SEATS, V] f32. */
  readonly logits: GPUBuffer;
  /** [MOST_SEATS, heads · classes] f32 logits. */
  readonly pause: GPUBuffer;
}

/** Words of a session's input: its seat, a code per codebook, cos and sin per pair of a head. */
export function stepWords({ nQ, dim, numHeads }: LmConfig): number {
  return 1 + nQ + dim / numHeads;
}

export function resultWords({ pauseHeads, pauseClasses }: LmConfig): number {
  return RESULT_HEADER + pauseHeads * pauseClasses;
}

export function stepBuffers(memory: Buffers, config: LmConfig): StepBuffers {
  const words = (name: string, perSeat: number): GPUBuffer => memory.storage(name, MOST_SEATS * perSeat * 4);
  return {
    input: words('input', stepWords(config)),
    state: words('state', STATE_WORDS),
    result: words('result', resultWords(config)),
    logits: words('logits', config.textCard),
    pause: words('pause', config.pauseHeads * config.pauseClasses),
  };
}
