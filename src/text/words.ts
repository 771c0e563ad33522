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

/**
 * The words of one stream. Call `step` with every step's token, then `close` once after the last.
 * Times are seconds on the stream's clock and never decrease.
 */
export class Words {
  readonly #tokens: WordTokens;
  readonly #clock: WordClock;
  readonly #emit: (event: WordEvent) => void;
  readonly #origin: number;

  #step = 0;
  #count: number;
  /** Time of the last end-of-padding token: the start of the next word. */
  #boundary: number;
  /** End of the last emitted word; no word starts before it. */
  #lastEnd: number;
  /** Index of the last word while its exact end is unknown, else −1. */
  #unended = -1;
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
  ) {
    this.#tokens = tokens;
    this.#clock = clock;
    this.#emit = emit;
    this.#origin = origin;
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
    if (token !== endOfPaddingToken) return;
    this.#endLastWord(now);
    this.#boundary = now;
  }

  /** Ends the stream: emits the open word. */
  close(): void {
    this.#finishWord(this.time);
  }

  #timeOf(step: number): number {
    const { delaySteps, prefixSteps, frameRate } = this.#clock;
    return this.#origin + Math.max(0, step - delaySteps - prefixSteps) / frameRate;
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
    this.#unended = index;
    this.#lastEnd = end;
    this.#shown = '';
    const word = { index, text, start: this.#start, end, confidence: this.#probability };
    this.#emit({ type: 'word', word });
    this.#probability = 1;
  }

  #endLastWord(end: number): void {
    if (this.#unended < 0) return;
    const index = this.#unended;
    this.#unended = -1;
    this.#lastEnd = Math.max(this.#lastEnd, end);
    this.#emit({ type: 'word-end', index, end: this.#lastEnd });
  }
}
