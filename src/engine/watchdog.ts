/**
 * Detects the known failures of the model: no text while someone speaks, or the same words over and over. See
 * docs/decisions/0014.
 */
import { RepetitionDetector, type SpokenWord } from './repetition.js';
import { SpeechMeter } from './speech-meter.js';

export interface WatchdogOptions {
  /** Seconds of speech without text after which the model counts as silent; default 5. */
  readonly silentSeconds?: number;
  /** Seconds of audio to replay at most; default 12. */
  readonly replaySeconds?: number;
}

/** What went wrong, since when on the stream's clock, and the wrong words since. */
export interface Fault {
  readonly reason: 'silent' | 'loop';
  /** Seconds. */
  readonly since: number;
  readonly words: readonly string[];
}

export const SILENT_SECONDS = 5;
export const REPLAY_SECONDS = 12;
/** Music and crowds sound like speech: after a replay without effect the limit doubles, up to this. */
const MOST_SILENT_SECONDS = 80;
/** What a frame without speech subtracts, so that rare noises never add up to a fault while short pauses count little. */
const PAUSE = 0.25;
/** Tokens after which a word counts as endless. */
const LONGEST_WORD = 40;

export class Watchdog {
  readonly #frameRate: number;
  readonly #silentSeconds: number;
  readonly #meter = new SpeechMeter();
  readonly #loops = new RepetitionDetector();
  /** Frames of speech since the last token of text. */
  #unanswered = 0;
  /** The current limit, in seconds of speech. */
  #limit: number;
  /** When the last word ended. */
  #lastEnd = 0;
  #tokens = 0;
  #fault: Fault | undefined;

  constructor(frameRate: number, { silentSeconds = SILENT_SECONDS }: WatchdogOptions = {}) {
    this.#frameRate = frameRate;
    this.#limit = this.#silentSeconds = silentSeconds;
  }

  /** The next frame that the model gets. */
  frame(pcm: Float32Array): void {
    if (this.#meter.isSpeech(pcm)) this.#unanswered++;
    else this.#unanswered = Math.max(0, this.#unanswered - PAUSE);
    if (this.#unanswered < this.#limit * this.#frameRate) return;
    this.#fault ??= { reason: 'silent', since: this.#lastEnd, words: [] };
  }

  /** The model produced a token of text, not of silence. */
  token(): void {
    this.#unanswered = 0;
    this.#limit = this.#silentSeconds;
    if (++this.#tokens === LONGEST_WORD) this.#fault = { reason: 'loop', since: this.#lastEnd, words: [] };
  }

  word(word: SpokenWord): void {
    this.#tokens = 0;
    this.#lastEnd = word.end;
    const loop = this.#loops.word(word);
    if (loop) this.#fault = { reason: 'loop', ...loop };
  }

  /** Returns a fault once and resets the detection; the caller restarts the model. */
  takeFault(): Fault | undefined {
    const fault = this.#fault;
    if (!fault) return undefined;
    this.#fault = undefined;
    this.#unanswered = 0;
    this.#tokens = 0;
    this.#loops.clear();
    if (fault.reason === 'silent') this.#limit = Math.min(MOST_SILENT_SECONDS, 2 * this.#limit);
    return fault;
  }
}
