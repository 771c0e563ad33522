/** Renders the whole transcript: a paragraph with its time for each turn. A new word changes only the last paragraph. */
import type { Transcript, Utterance, Word } from '../../client/transcript.js';
import { clockTime, isoDuration } from '../../text/clock-time.js';
import { NewWords, type NewWord } from './new-words.js';
import { makeInterim, markWord, showWord, wordOf } from './word-span.js';

/** From this many words on, a paragraph ends with the next sentence, for speakers who make no pause. */
const LONG_PARAGRAPH = 80;
/** Words of a paragraph at most, which limits the layout work for each word. */
const LONGEST_PARAGRAPH = 160;
const SENTENCE_END = /[.!?…]["'»”’)]*$/u;
/** About two hours of speech. The page shows the end of a longer transcript; `transcript` and downloads have all of it. */
export const MOST_WORDS = 20_000;

export class Paragraphs {
  readonly #box: HTMLElement;
  /** Converts the stream's time to the time shown, seconds. */
  readonly #timeOf: (seconds: number) => number;
  readonly #newWords = new NewWords();
  /** The utterance of each paragraph. */
  readonly #ids = new WeakMap<Element, number>();
  #text: HTMLElement | undefined;
  #interim: HTMLElement | undefined;
  #last: Word | undefined;
  /** Words shown in all paragraphs. */
  #words = 0;
  /** Words shown in the last paragraph. */
  #inLast = 0;
  #threshold = 0;

  /** @param box used exclusively by this view */
  constructor(box: HTMLElement, timeOf: (seconds: number) => number) {
    this.#box = box;
    this.#timeOf = timeOf;
    box.replaceChildren();
  }

  show(transcript: Transcript, threshold: number): void {
    const { restarted, removed, edited, dropped, words } = this.#newWords.take(transcript);
    if (restarted) this.#empty();
    for (const utterance of [...dropped.map((gone) => ({ ...gone, words: [] })), ...edited])
      this.#fill(utterance, threshold);
    if (removed > 0) this.#remove(removed);
    for (const word of words.slice(-MOST_WORDS)) this.#add(word, threshold);
    this.#showInterim(transcript);
    if (threshold !== this.#threshold) this.#mark(threshold);
    while (this.#words > MOST_WORDS) this.#removeOldest();
  }

  /** Shows the words of an utterance that was edited. Where it has several paragraphs, the last one gets what is added or removed. */
  #fill({ id, words }: Utterance, threshold: number): void {
    const paragraphs = [...this.#box.children].filter((paragraph) => this.#ids.get(paragraph) === id);
    let shown = 0;
    paragraphs.forEach((paragraph, index) => {
      const line = paragraph.querySelector('[part="line"]');
      const spans = [...(line?.querySelectorAll<HTMLElement>('[part~="word"]') ?? [])];
      const isLast = index === paragraphs.length - 1;
      const own = words.slice(shown, isLast ? undefined : shown + spans.length);
      shown += own.length;
      this.#words += own.length - spans.length;
      if (own.length === 0) return paragraph.remove();
      const filled = own.map((word, at) => {
        const span = spans[at] ?? makeInterim();
        showWord(span, word, threshold);
        return [...(at > 0 ? [' '] : []), span];
      });
      line?.replaceChildren(...filled.flat());
    });
  }

  #add({ word, first, utterance }: NewWord, threshold: number): void {
    const span = this.#interim ?? this.#place(first, word.start);
    this.#interim = undefined;
    showWord(span, word, threshold);
    const paragraph = span.closest('[part="paragraph"]');
    if (paragraph) this.#ids.set(paragraph, utterance.id);
    this.#last = word;
    this.#words++;
    this.#inLast++;
  }

  #showInterim({ interim, utterances }: Transcript): void {
    if (!interim) {
      this.#removeInterim();
      return;
    }
    this.#interim ??= this.#place(utterances.at(-1)?.isFinal ?? true, interim.start);
    if (this.#interim.textContent !== interim.text) this.#interim.textContent = interim.text;
  }

  #removeInterim(): void {
    this.#interim?.previousSibling?.remove();
    this.#interim?.remove();
    if (this.#interim && this.#text?.childElementCount === 0) {
      this.#text.parentElement?.remove();
      this.#text = undefined;
    }
    this.#interim = undefined;
  }

  /** Removes the last words. */
  #remove(words: number): void {
    this.#removeInterim();
    for (let left = Math.min(words, this.#words); left > 0; left--) {
      const paragraph = this.#box.lastElementChild;
      const span = paragraph?.querySelector('[part="line"]')?.lastElementChild;
      const isOnly = span?.previousSibling === null;
      if (!isOnly) span?.previousSibling?.remove();
      span?.remove();
      if (isOnly) paragraph?.remove();
      this.#words--;
    }
    this.#text = this.#box.lastElementChild?.querySelector<HTMLElement>('[part="line"]') ?? undefined;
    this.#inLast = this.#text?.childElementCount ?? 0;
    this.#last = wordOf(this.#text?.lastElementChild ?? null);
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
    this.#text = this.#interim = this.#last = undefined;
    this.#words = this.#inLast = 0;
    this.#box.replaceChildren();
  }
}
