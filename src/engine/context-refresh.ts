/**
 * Decides when the language model of a long stream starts again with an empty context: in a pause, before it
 * is full. The published model is known to fall silent in speech that goes on for minutes. See docs/decisions/0029.
 */
import type { Alignment } from '../lm/delayed-streams.js';

/** Part of the context after which the end of a turn is used. */
const AT_TURN = 0.6;
/** Part of the context after which a pause within a turn is used. */
const AT_PAUSE = 0.8;
/** Seconds without speech that count as a pause. */
const PAUSE_SECONDS = 1;
/** Seconds of silence before the present that the new context begins with, as it would at the start of a stream. */
const LEAD_SECONDS = 0.5;

/** What is known after the result of a step. */
export interface Progress {
  /** Steps of the language model since its context was empty. */
  readonly step: number;
  /** Whether the step's frame has speech. */
  readonly isSpeech: boolean;
  /** Whether a word has begun but is not emitted yet. */
  readonly wordOpen: boolean;
  /** Whether the utterance goes on, or its last words may still come. */
  readonly turnOpen: boolean;
}

export class ContextRefresh {
  /** Frames of silence to replay. */
  readonly lead: number;
  readonly #pause: number;
  readonly #atTurn: number;
  readonly #atPause: number;
  /** Frames since the last speech. */
  #quiet = 0;

  /** @param context steps that a query of the language model sees */
  constructor({ frameRate, delaySteps, prefixSteps }: Alignment, context: number) {
    this.lead = Math.max(Math.ceil(LEAD_SECONDS * frameRate), prefixSteps);
    // Before the lead begins, all text of the speech must be out: it comes `delaySteps` later.
    this.#pause = Math.max(Math.ceil(PAUSE_SECONDS * frameRate), delaySteps + this.lead);
    // In a context of a few seconds the replayed silence alone must not be worth a refresh.
    const least = 2 * this.#pause;
    this.#atTurn = Math.max(least, AT_TURN * context);
    this.#atPause = Math.max(least, AT_PAUSE * context);
  }

  /** Call with the result of every step. Returns whether to start again `lead` frames before the next one. */
  due({ step, isSpeech, wordOpen, turnOpen }: Progress): boolean {
    this.#quiet = isSpeech ? 0 : this.#quiet + 1;
    if (wordOpen || this.#quiet < this.#pause) return false;
    return step >= (turnOpen ? this.#atPause : this.#atTurn);
  }
}
