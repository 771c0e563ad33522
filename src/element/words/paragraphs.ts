/** The whole transcript: a paragraph for each turn, with its time. A new word touches the last paragraph only. */
import type { Transcript, Word } from '../../client/transcript.js';
import { clockTime, isoDuration } from './clock-time.js';
import { NewWords, type NewWord } from './new-words.js';
import { makeInterim, markWord, showWord } from './word-span.js';

/** A speaker who makes no pause still gets paragraphs: from so many words on at the end of a sentence, … */
const LONG_PARAGRAPH = 80;
/** … and at the latest then. It bounds what the browser lays out for each word. */
const LONGEST_PARAGRAPH = 160;
const SENTENCE_END = /[.!?…]["'»”’)]*$/u;
/** Two hours of talk. Of a longer transcript the page shows the end; `transcript` and the downloads have it all. */
export const MOST_WORDS = 20_000;

export class Paragraphs {
  readonly #box: HTMLElement;
  /** From the stream's clock to the one shown, seconds. */
  readonly #timeOf: (seconds: number) => number;
  readonly #newWords = new NewWords();
  #text: HTMLElement | undefined;
  #growing: HTMLElement | undefined;
  #last: Word | undefined;
  /** Words shown in all, and in the last paragraph. */
  #words = 0;
  #inLast = 0;
  #threshold = 0;

  /** @param box used exclusively by this view */
  constructor(box: HTMLElement, timeOf: (seconds: number) => number) {
    this.#box = box;
    this.#timeOf = timeOf;
    box.replaceChildren();
  }

  show(transcript: Transcript, threshold: number): void {
    const { restarted, words } = this.#newWords.take(transcript);
    if (restarted) this.#empty();
    for (const word of words.slice(-MOST_WORDS)) this.#add(word, threshold);
    this.#grow(transcript);
    if (threshold !== this.#threshold) this.#mark(threshold);
    while (this.#words > MOST_WORDS) this.#removeOldest();
  }

  #add({ word, first }: NewWord, threshold: number): void {
    const span = this.#growing ?? this.#place(first, word.start);
    this.#growing = undefined;
    showWord(span, word, threshold);
    this.#last = word;
    this.#words++;
    this.#inLast++;
  }

  #grow({ interim, utterances }: Transcript): void {
    if (!interim) {
      this.#drop();
      return;
    }
    this.#growing ??= this.#place(utterances.at(-1)?.isFinal ?? true, interim.start);
    if (this.#growing.textContent !== interim.text) this.#growing.textContent = interim.text;
  }

  #drop(): void {
    this.#growing?.previousSibling?.remove();
    this.#growing?.remove();
    if (this.#growing && this.#text?.childElementCount === 0) {
      this.#text.parentElement?.remove();
      this.#text = undefined;
    }
    this.#growing = undefined;
  }

  #place(first: boolean, start: number): HTMLElement {
    const span = makeInterim();
    if (this.#text && !first && !this.#isLong()) this.#text.append(' ', span);
    else this.#newParagraph(start).append(span);
    return span;
  }

  #isLong(): boolean {
    if (this.#inLast >= LONGEST_PARAGRAPH) return true;
    return this.#inLast >= LONG_PARAGRAPH && SENTENCE_END.test(this.#last?.text ?? '');
  }

  #newParagraph(start: number): HTMLElement {
    const [paragraph, time, text] = ['div', 'time', 'p'].map((name) => document.createElement(name)) as [
      HTMLElement,
      HTMLTimeElement,
      HTMLElement,
    ];
    const seconds = this.#timeOf(start);
    paragraph.setAttribute('part', 'paragraph');
    time.setAttribute('part', 'time');
    time.dateTime = isoDuration(seconds);
    time.textContent = clockTime(seconds);
    text.setAttribute('part', 'line');
    text.dir = 'auto';
    paragraph.append(time, text);
    this.#box.append(paragraph);
    this.#text = text;
    this.#inLast = 0;
    return text;
  }

  /** Removes the oldest paragraph. */
  #removeOldest(): void {
    const oldest = this.#box.firstElementChild;
    const gone = oldest?.querySelectorAll('[part~="word"]').length ?? 0;
    this.#words -= Math.max(1, gone);
    oldest?.remove();
  }

  #mark(threshold: number): void {
    this.#threshold = threshold;
    for (const span of this.#box.querySelectorAll('[part~="word"]')) markWord(span, threshold);
  }

  #empty(): void {
    this.#text = this.#growing = this.#last = undefined;
    this.#words = this.#inLast = 0;
    this.#box.replaceChildren();
  }
}
