/** The word rule: text tokens, one per 80 ms step, become words with times. See docs/model.md. */
import type { TranscriptEvent } from '../protocol/stream-events.js';
import { PieceText, type SentencePiece } from './sentencepiece.js';

export interface WordClock {
  /** Steps per second of audio. */
  readonly frameRate: number;
  /** Steps the text runs behind the audio: floor(audioDelaySeconds · frameRate). */
  readonly delaySteps: number;
  /** Steps of silence the model is given before the speech; they are not on the clock. */
  readonly prefixSteps: number;
}

export interface WordTokens {
  /** "No text this step": ends the tokens of a word. */
  readonly paddingToken: number;
  /** "A word starts next": ends the word before and times the one that follows. */
  readonly endOfPaddingToken: number;
}

export type WordEvent = Exclude<TranscriptEvent, { readonly type: 'final' }>;

/** Where a stream continues whose model was restarted. All default to 0. */
export interface WordsBefore {
  /** Seconds on the stream's clock at which step 0 lies. */
  readonly origin?: number;
  /** Words emitted before. */
  readonly count?: number;
  /** When the last of them ended: nothing starts before it. */
  readonly end?: number;
}

/**
 * One stream's words. Feed every step's token to `step`, then call `close` once after the last.
 * Times are seconds on the stream's clock and never run backwards.
 */
export class Words {
  readonly #tokens: WordTokens;
  readonly #clock: WordClock;
  readonly #emit: (event: WordEvent) => void;
  readonly #origin: number;

  #step = 0;
  #count: number;
  /** Time of the last end-of-padding token: where the word after it starts. */
  #boundary: number;
  /** End of the last emitted word; nothing starts before it. */
  #lastEnd: number;
  /** Index of the last word while its definite end is unknown, else −1. */
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

  /** When the last of them ended, in seconds. */
  get lastEnd(): number {
    return this.#lastEnd;
  }

  /** Whether a word has begun and is not yet emitted. */
  get open(): boolean {
    return this.#shown !== '' || this.#text.unfinished;
  }

  /** The time the last step's text token speaks of, in seconds. */
  get time(): number {
    return this.#timeOf(this.#step);
  }

  /** The text token of the next step, with its probability. */
  step(token: number, probability: number): void {
    this.#step++;
    // Tokens before the delay has passed speak of audio before the stream.
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
   * A space inside a segment ends a word and starts another with no token in between to time them: the
   * word ends one step before the token with the space, as if each token took one step.
   */
  #split(): void {
    for (;;) {
      const text = this.#text.text;
      const space = text.indexOf(' ', text.search(/[^ ]/));
      if (space <= 0) return;
      const end = Math.max(this.#start, this.#timeOf(this.#step - 1));
      this.#give(this.#text.take(space).trim(), end);
      this.#endLastWord(end);
      this.#start = end;
    }
  }

  #finishWord(now: number): void {
    this.#text.close();
    this.#split();
    const text = this.#text.take(this.#text.text.length).trim();
    if (text !== '') this.#give(text, Math.max(this.#start, now));
    this.#probability = 1;
  }

  #give(text: string, end: number): void {
    // A word that no end-of-padding token separates from the one before ends it.
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
