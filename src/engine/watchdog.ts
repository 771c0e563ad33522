/**
 * Detects the known failures of the model: no text during speech, or the same words repeated. See docs/decisions/0014.
 */
import { RepetitionDetector, type SpokenWord } from './repetition.js';
import { SpeechMeter } from './speech-meter.js';

export interface WatchdogOptions {
  /** Seconds of speech without text after which the model is considered silent; default 5. */
  readonly silentSeconds?: number;
  /** Seconds of audio to replay at most; default 12. */
  readonly replaySeconds?: number;
}

/** A failure, its time on the stream's clock, and the wrong words since then. */
export interface Fault {
  readonly reason: 'silent' | 'loop';
  /** Seconds. */
  readonly since: number;
  readonly words: readonly string[];
}

export const SILENT_SECONDS = 5;
export const REPLAY_SECONDS = 12;
/** Music and crowds resemble speech: after a replay without effect the limit doubles, up to this. */
const MOST_SILENT_SECONDS = 80;
/** Subtracted per frame without speech: rare noises never add up to a fault, and short pauses matter little. */
const PAUSE = 0.25;
/** Tokens after which a word is considered endless. */
const LONGEST_WORD = 40;

export class Watchdog {
  readonly #frameRate: number;
  readonly #silentSeconds: number;
  readonly #meter = new SpeechMeter();
  readonly #loops = new RepetitionDetector();
  /** Frames of speech since the last token of text. */
  #speechWithoutText = 0;
  /** The current limit, in seconds of speech. */
  #limit: number;
  /** End of the last word, in seconds. */
  #lastEnd = 0;
  #tokens = 0;
  #fault: Fault | undefined;

  constructor(frameRate: number, { silentSeconds = SILENT_SECONDS }: WatchdogOptions = {}) {
    this.#frameRate = frameRate;
    this.#limit = this.#silentSeconds = silentSeconds;
  }

  /** Processes the next frame fed to the model. */
  frame(pcm: Float32Array): void {
    if (this.#meter.isSpeech(pcm)) this.#speechWithoutText++;
    else this.#speechWithoutText = Math.max(0, this.#speechWithoutText - PAUSE);
    if (this.#speechWithoutText < this.#limit * this.#frameRate) return;
    this.#fault ??= { reason: 'silent', since: this.#lastEnd, words: [] };
  }

  /** Processes a text token of the model; padding is not text. */
  token(): void {
    this.#speechWithoutText = 0;
    this.#limit = this.#silentSeconds;
    if (++this.#tokens === LONGEST_WORD) this.#fault = { reason: 'loop', since: this.#lastEnd, words: [] };
  }

  /** Processes the next word of the model. */
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
    this.#speechWithoutText = 0;
    this.#tokens = 0;
    this.#loops.clear();
    if (fault.reason === 'silent') this.#limit = Math.min(MOST_SILENT_SECONDS, 2 * this.#limit);
    return fault;
  }
}
