/**
 * Notices when the model has lost its way, as this one is known to: it falls silent while somebody speaks, or says the
 * same words over and over. See docs/decisions/0014.
 */
import { RepetitionDetector, type SpokenWord } from './repetition.js';
import { SpeechMeter } from './speech-meter.js';

export interface WatchdogOptions {
  /** Seconds of speech without a word before the model is taken to have fallen silent; default 5. */
  readonly silentSeconds?: number;
  /** Seconds of sound that are heard again at most; default 12. */
  readonly replaySeconds?: number;
}

/** What went wrong, since when on the stream's clock, and what was said wrongly since. */
export interface Fault {
  readonly reason: 'silent' | 'loop';
  /** Seconds. */
  readonly since: number;
  readonly words: readonly string[];
}

export const SILENT_SECONDS = 5;
export const REPLAY_SECONDS = 12;
/** Music and crowds sound like speech: what hearing again did not mend is tried more rarely, but never given up. */
const MOST_SILENT_SECONDS = 80;
/** What a frame without speech takes off: people pause, and a noise now and then adds up to nothing. */
const PAUSE = 0.25;
/** Tokens of a word that never ends. */
const LONGEST_WORD = 40;

export class Watchdog {
  readonly #frameRate: number;
  readonly #silentSeconds: number;
  readonly #meter = new SpeechMeter();
  readonly #loops = new RepetitionDetector();
  /** Frames of speech since the last token of text. */
  #unanswered = 0;
  /** Seconds of it that are now too many. */
  #patience: number;
  /** When the last word ended. */
  #lastEnd = 0;
  #tokens = 0;
  #fault: Fault | undefined;

  constructor(frameRate: number, { silentSeconds = SILENT_SECONDS }: WatchdogOptions = {}) {
    this.#frameRate = frameRate;
    this.#patience = this.#silentSeconds = silentSeconds;
  }

  /** A frame was given to the model. */
  heard(pcm: Float32Array): void {
    if (this.#meter.hears(pcm)) this.#unanswered++;
    else this.#unanswered = Math.max(0, this.#unanswered - PAUSE);
    if (this.#unanswered < this.#patience * this.#frameRate) return;
    this.#fault ??= { reason: 'silent', since: this.#lastEnd, words: [] };
  }

  /** The model said a token of text, not of silence. */
  token(): void {
    this.#unanswered = 0;
    this.#patience = this.#silentSeconds;
    if (++this.#tokens === LONGEST_WORD) this.#fault = { reason: 'loop', since: this.#lastEnd, words: [] };
  }

  word(word: SpokenWord): void {
    this.#tokens = 0;
    this.#lastEnd = word.end;
    const loop = this.#loops.word(word);
    if (loop) this.#fault = { reason: 'loop', ...loop };
  }

  /** The fault there is, once; whoever takes it has the model hear again. */
  take(): Fault | undefined {
    const fault = this.#fault;
    if (!fault) return undefined;
    this.#fault = undefined;
    this.#unanswered = 0;
    this.#tokens = 0;
    this.#loops.clear();
    if (fault.reason === 'silent') this.#patience = Math.min(MOST_SILENT_SECONDS, 2 * this.#patience);
    return fault;
  }
}
