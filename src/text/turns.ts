/** Semantic end-of-turn detection: derives turns and final utterances from the model's pause probabilities. */
import type { StreamEvent } from '../protocol/stream-events.js';

export interface TurnOptions {
  /**
   * Index of the pause head to use. The heads give the probability that the speaker stays silent for 0.5, 1, 2 and 3
   * seconds; default 2, the 2-second head. A model without that head gives no turns.
   */
  readonly horizonIndex?: number;
  /** The probability above which a turn counts as over, 0 … 1; default 0.5. */
  readonly threshold?: number;
}

export interface TurnClock {
  readonly frameRate: number;
  /** Steps by which the text lags behind the audio. */
  readonly delaySteps: number;
  /** Steps of silence before the audio; they are not on the clock. */
  readonly prefixSteps: number;
}

export type TurnEvent = Extract<StreamEvent, { readonly type: 'turn' | 'final' }>;

/** Seconds of silence that each pause head predicts. */
export const HORIZONS = [0.5, 1, 2, 3] as const;

const DEFAULT_HORIZON = 2;
const DEFAULT_THRESHOLD = 0.5;

/**
 * The turns of one stream. For every step call `word` for its words, then `step`; call `close` once at the end. A turn
 * needs a word that started after the previous turn, so that one silence is one turn.
 */
export class Turns {
  readonly #clock: TurnClock;
  readonly #emit: (event: TurnEvent) => void;
  readonly #horizon: number;
  readonly #threshold: number;
  #prefixSteps: number;
  #origin: number;

  #step = 0;
  #lastTurn = Number.NEGATIVE_INFINITY;
  /** Whether a word has started since the last turn. */
  #spoken = false;
  /** The step at which all words spoken before the turn are emitted, or −1 outside a turn. */
  #finalStep = -1;
  /** Whether the model started again within this turn and no word has come since. */
  #isSilentSinceRestart = false;
  /** Whether there were words since the last `final`. */
  #unfinal = false;

  /** `origin` is the time of step 0 on the stream's clock, in seconds. */
  constructor(clock: TurnClock, emit: (event: TurnEvent) => void, options: TurnOptions = {}, origin = 0) {
    this.#clock = clock;
    this.#emit = emit;
    this.#horizon = options.horizonIndex ?? DEFAULT_HORIZON;
    this.#threshold = options.threshold ?? DEFAULT_THRESHOLD;
    this.#origin = origin;
    this.#prefixSteps = clock.prefixSteps;
  }

  /** Whether words were spoken since the last turn, or words of that turn may still come. */
  get open(): boolean {
    return this.#spoken || this.#unfinal;
  }

  /** Goes on with the same turn after the model started again: the next step is step 0, at `origin` seconds of the stream's clock. */
  restart(origin: number): void {
    if (this.#finalStep >= 0) this.#finalStep = Math.max(0, this.#finalStep - this.#step);
    this.#origin = origin;
    // The silence before the stream is not fed again.
    this.#prefixSteps = 0;
    this.#step = 0;
    this.#isSilentSinceRestart = true;
  }

  /** Call for every word before it is emitted, with its start time in seconds: it may be the next speaker's. */
  word(start: number): void {
    if (this.#finalStep >= 0 && start >= this.#lastTurn) this.#finish();
    this.#unfinal = true;
    this.#isSilentSinceRestart = false;
    // A late word of the turn that just ended does not start a new one.
    if (start >= this.#lastTurn) this.#spoken = true;
  }

  /** Processes the next step: its pause probabilities [pauseHeads], and whether a word is unfinished. */
  step(pause: Float32Array, wordOpen: boolean): void {
    const { frameRate, delaySteps } = this.#clock;
    const consumed = Math.max(0, this.#step - this.#prefixSteps);
    this.#step++;
    if (this.#finalStep >= 0 && this.#step >= this.#finalStep && !wordOpen) this.#finish();

    const probability = this.#isSilent() ? 1 : (pause[this.#horizon] ?? 0);
    if (!this.#spoken || !(probability > this.#threshold)) return;
    this.#spoken = false;
    // Step k is fed frame k − 1, so k frames are consumed; the heads carry no text delay.
    this.#lastTurn = this.#origin + consumed / frameRate;
    this.#finalStep = this.#step + delaySteps;
    this.#emit({ type: 'turn', time: this.#lastTurn, probability });
  }

  /** Ends the stream, after its last word. */
  close(): void {
    if (this.#unfinal) this.#finish();
  }

  /**
   * Whether the silence that the head predicts has passed since a restart. A model that has not heard the speaker may not
   * expect more of the silence that it began with.
   */
  #isSilent(): boolean {
    const seconds = HORIZONS[this.#horizon];
    return this.#isSilentSinceRestart && seconds !== undefined && this.#step > seconds * this.#clock.frameRate;
  }

  #finish(): void {
    this.#finalStep = -1;
    this.#unfinal = false;
    this.#emit({ type: 'final' });
  }
}
