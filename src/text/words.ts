/** Assembles words with times from text tokens, one per 80 ms step. See docs/model.md. */
import type { TranscriptEvent } from '../protocol/stream-events.js';
import { PieceText, type SentencePiece } from './sentencepiece.js';

export interface WordClock {
  /** Steps per second of audio. */
  readonly frameRate: number;
  /** Steps by which the text lags behind the audio: floor(audioDelaySeconds · frameRate). */
  readonly delaySteps: number;
  /** Steps of silence fed to the model before the audio; they are not on the clock. */
  readonly prefixSteps: number;
}

export interface WordTokens {
  /** Means "no text this step": ends the tokens of a word. */
  readonly paddingToken: number;
  /** Means "a word starts next": sets the end of the previous word and the start of the next. */
  readonly endOfPaddingToken: number;
}

/** Where the stream's audio has speech: it tells where a word ends, which the tokens do not. */
export interface SpeechTrack {
  /** Frames of audio so far, counted from the start of the stream's clock. */
  readonly frames: number;
  /** Whether speech was found at all; before that, nothing is known. */
  readonly heard: boolean;
  isSpeech(frame: number): boolean;
}

/** So many frames without speech end a word; fewer are the closure of a consonant. */
const QUIET_FRAMES = 3;
/** The longest plausible word, in seconds: some time, and more for each letter. Ends words where the audio tells nothing. */
const LONGEST_WORD = 0.6;
const LONGEST_LETTER = 0.1;

export type WordEvent = Exclude<TranscriptEvent, { readonly type: 'final' }>;

/** State at a restart of the model. All default to 0. */
export interface WordsBefore {
  /** Time of step 0 on the stream's clock, in seconds. */
  readonly origin?: number;
  /** Number of words emitted before. */
  readonly count?: number;
  /** End of the last of them, in seconds: no word starts before it. */
  readonly end?: number;
}

/** A word that is emitted, and whose exact end is unknown. */
interface UnendedWord {
  readonly index: number;
  readonly start: number;
  /** Where its tokens end, which is too early for a long syllable. */
  readonly said: number;
  readonly longest: number;
}

/**
 * The words of one stream. Call `step` with every step's token, then `close` once after the last.
 * Times are seconds on the stream's clock; starts never decrease. A word ends where its speech does (see `SpeechTrack`),
 * at the latest where the next one starts.
 */
export class Words {
  readonly #tokens: WordTokens;
  readonly #clock: WordClock;
  readonly #emit: (event: WordEvent) => void;
  readonly #origin: number;
  readonly #speech: SpeechTrack | undefined;

  #step = 0;
  #count: number;
  /** Time of the last end-of-padding token: the start of the next word. */
  #boundary: number;
  /** End of the last emitted word; no word starts before it. */
  #lastEnd: number;
  #unended: UnendedWord | undefined;
  readonly #text: PieceText;
  #start = 0;
  #probability = 1;
  #shown = '';

  constructor(
    tokenizer: SentencePiece,
    tokens: WordTokens,
    clock: WordClock,
    emit: (event: WordEvent) => void,
    { origin = 0, count = 0, end = origin }: WordsBefore = {},
    speech?: SpeechTrack,
  ) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#emit = emit;
    this.#origin = origin;
    this.#speech = speech;
    this.#count = count;
    this.#boundary = origin;
    this.#lastEnd = end;
    this.#text = new PieceText(tokenizer);
  }

  /** Words emitted so far, including those before the restart. */
  get count(): number {
    return this.#count;
  }

  /** End of the last emitted word, in seconds. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** Whether a word has begun but is not emitted yet. */
  get open(): boolean {
    return this.#shown !== '' || this.#text.unfinished;
  }

  /** Time that the last step's text token refers to, in seconds. */
  get time(): number {
    return this.#timeOf(this.#step);
  }

  /** Processes the text token of the next step, with its probability. */
  step(token: number, probability: number): void {
    this.#step++;
    // Tokens before the delay has passed refer to audio before the stream.
    if (this.#step < this.#clock.delaySteps) return;
    const { paddingToken, endOfPaddingToken } = this.#tokens;
    if (token !== paddingToken && token !== endOfPaddingToken) {
      this.#grow(token, probability);
      return;
    }
    const now = this.time;
    this.#finishWord(now);
    if (token !== endOfPaddingToken) return this.#endIfCertain(now);
    this.#endLastWord(now);
    this.#boundary = now;
  }

  /** Ends the stream: emits the open word, and the end of the last one. */
  close(): void {
    this.#finishWord(this.time);
    this.#endLastWord(this.time);
  }

  /** After the end of the audio no time is later than that end. */
  #timeOf(step: number): number {
    const { delaySteps, prefixSteps, frameRate } = this.#clock;
    const time = this.#origin + Math.max(0, step - delaySteps - prefixSteps) / frameRate;
    return this.#speech ? Math.min(time, Math.max(this.#origin, this.#speech.frames / frameRate)) : time;
  }

  #grow(token: number, probability: number): void {
    if (this.#shown === '') this.#start = Math.max(this.#boundary, this.#lastEnd);
    this.#text.push(token);
    this.#split();
    this.#probability *= probability;
    this.#show();
  }

  #show(): void {
    const text = this.#text.text.trim();
    if (text === this.#shown || text === '') return;
    this.#shown = text;
    this.#emit({ type: 'partial', text, start: this.#start });
  }

  /**
   * Splits the text at spaces inside a segment, where no token gives the times of the words: a word ends one step before
   * the token with the space, as if each token took one step.
   */
  #split(): void {
    for (;;) {
      const text = this.#text.text;
      const space = text.indexOf(' ', text.search(/[^ ]/));
      if (space <= 0) return;
      const end = Math.max(this.#start, this.#timeOf(this.#step - 1));
      this.#emitWord(this.#text.take(space).trim(), end);
      this.#endLastWord(end);
      this.#start = end;
    }
  }

  #finishWord(now: number): void {
    this.#text.close();
    this.#split();
    const text = this.#text.take(this.#text.text.length).trim();
    if (text !== '') this.#emitWord(text, Math.max(this.#start, now));
    this.#probability = 1;
  }

  #emitWord(text: string, end: number): void {
    // Without an end-of-padding token in between, the previous word ends where this one starts.
    this.#endLastWord(this.#start);
    const index = this.#count++;
    const longest = this.#start + LONGEST_WORD + LONGEST_LETTER * text.length;
    this.#unended = { index, start: this.#start, said: end, longest };
    this.#lastEnd = end;
    this.#shown = '';
    const word = { index, text, start: this.#start, end, confidence: this.#probability };
    this.#emit({ type: 'word', word });
    this.#probability = 1;
  }

  /** Ends the last word at a pause after it, once no word can start before the end of its speech. */
  #endIfCertain(now: number): void {
    const end = this.#unended && this.#endOfSpeech(this.#unended);
    if (end !== undefined && end <= now) this.#endLastWord(now);
  }

  /** @param limit the end of the last word at the latest */
  #endLastWord(limit: number): void {
    const word = this.#unended;
    if (!word) return;
    this.#unended = undefined;
    const latest = Math.min(limit, this.#endOfSpeech(word) ?? limit, Math.max(word.said, word.longest));
    const end = Math.max(word.start, this.#withoutSilence(word, latest));
    this.#lastEnd = Math.max(this.#lastEnd, end);
    this.#emit({ type: 'word-end', index: word.index, end });
  }

  /** Where a pause after the word begins, in seconds; undefined if no pause was found yet. */
  #endOfSpeech(word: UnendedWord): number | undefined {
    const { said, longest } = word;
    const speech = this.#speech;
    if (!speech?.heard) return Math.max(said, longest);
    const { frameRate } = this.#clock;
    let quiet = 0;
    for (let frame = Math.round(said * frameRate); frame < speech.frames; frame++) {
      quiet = speech.isSpeech(frame) ? 0 : quiet + 1;
      if (quiet === QUIET_FRAMES) return this.#withoutSilence(word, (frame + 1) / frameRate);
    }
    return undefined;
  }

  /** The end of the last speech of the word before `end`; where none was found, the end of its tokens. */
  #withoutSilence({ start, said }: UnendedWord, end: number): number {
    const speech = this.#speech;
    if (!speech?.heard) return end;
    const { frameRate } = this.#clock;
    const first = Math.round(start * frameRate);
    for (let frame = Math.round(end * frameRate); frame > first; frame--)
      if (speech.isSpeech(frame - 1)) return frame / frameRate;
    return Math.min(said, end);
  }
}
