/**
 * Roll-up captions: words are appended to the last line, and older lines move up. Lines are broken by measuring the words.
 * A word that is shown stays on its line until the box, the font or its size changes, or a command removes it.
 */
import type { Interim, Transcript, Utterance } from '../../client/transcript.js';
import { NewWords, type NewWord } from './new-words.js';
import { viewOf } from '../view-of.js';
import { makeInterim, markWord, showWord } from './word-span.js';

/** Lines kept in the DOM; the box shows the last few. */
export const MOST_LINES = 8;
/** The lines kept hold at most about this many words; earlier ones of a long transcript are skipped. */
const MOST_WORDS = 200;
/** Space reserved for an unfinished word, em. Most finished words fit in it and so stay on their line. */
const INTERIM_ROOM = 4;
const ROLL_MS = 180;

export class RollUp {
  readonly #lines: HTMLElement;
  readonly #newWords = new NewWords();
  readonly #observer: ResizeObserver;
  readonly #events = new AbortController();
  readonly #fonts = (): void => {
    this.#ready = undefined;
    this.#relayout();
  };
  /** The `document.fonts.ready` being awaited: in Safari `loadingdone` never fires. */
  #ready: Promise<unknown> | undefined;
  #transcript: Transcript | undefined;
  #threshold = 0;
  #interim: HTMLElement | undefined;
  /** Of the unfinished word. */
  #lane: number | undefined;
  /** Lines begun since the last animation. */
  #begun = 0;
  #size = '';

  /** @param lines used exclusively by this view, as wide as a line may be; an ancestor clips it at the top */
  constructor(lines: HTMLElement) {
    this.#lines = lines;
    lines.replaceChildren();
    // Observes the parent, whose height the lines do not change: a resize loop would be reported as a page error.
    this.#observer = new (viewOf(lines).ResizeObserver)(() => {
      if (this.#measure() !== this.#size) this.#relayout();
    });
    this.#observer.observe(lines.parentElement ?? lines);
    lines.ownerDocument.fonts.addEventListener('loadingdone', this.#fonts, { signal: this.#events.signal });
  }

  /** Breaks the lines again when a font that they need has loaded. */
  #awaitFonts(): void {
    const { ready, status } = this.#lines.ownerDocument.fonts;
    if (status !== 'loading' || ready === this.#ready) return;
    this.#ready = ready;
    void ready.then(() => {
      if (this.#ready === ready) this.#fonts();
    });
  }

  close(): void {
    this.#observer.disconnect();
    this.#events.abort();
    this.#ready = undefined;
  }

  show(transcript: Transcript, threshold: number): void {
    this.#transcript = transcript;
    // Without a width nothing can be measured. The observer calls again when the box has one.
    this.#size = this.#measure();
    if (this.#lines.clientWidth === 0) return this.#clear();
    const rolls = this.#lines.childElementCount > 0;
    const { restarted, removed, edited, words } = this.#newWords.take(transcript);
    if (edited.length > 0) return this.#relayout();
    if (restarted) this.#empty();
    if (removed > 0) this.#remove(removed);
    // The unfinished word of one lane does not become the word of another.
    if ((words[0]?.utterance ?? transcript.interim)?.lane !== this.#lane) this.#removeInterim();
    for (const word of words.slice(-MOST_WORDS)) this.#add(word, threshold);
    this.#showInterim(transcript);
    if (threshold !== this.#threshold) this.#mark(threshold);
    while (this.#lines.childElementCount > MOST_LINES) this.#lines.firstElementChild?.remove();
    if (rolls && !restarted) this.#roll(this.#begun);
    this.#begun = 0;
    this.#awaitFonts();
  }

  #add({ word, first, utterance }: NewWord, threshold: number): void {
    const span = this.#interim ?? this.#place(first, utterance);
    this.#interim = undefined;
    showWord(span, word, threshold);
    this.#fit(span, 0);
  }

  #showInterim({ interim, utterances }: Transcript): void {
    if (!interim) {
      this.#removeInterim();
      return;
    }
    this.#interim ??= this.#place(utterances.at(-1)?.isFinal ?? true, interim);
    this.#lane = interim.lane;
    if (this.#interim.textContent === interim.text) return;
    this.#interim.textContent = interim.text;
    this.#fit(this.#interim, INTERIM_ROOM * parseFloat(getComputedStyle(this.#lines).fontSize));
  }

  /** Removes an unfinished word that did not become a word. */
  #removeInterim(): void {
    if (this.#interim) removeWord(this.#interim);
    this.#interim = undefined;
  }

  /** Removes the last words. */
  #remove(words: number): void {
    this.#removeInterim();
    for (const span of [...this.#lines.querySelectorAll('[part~="word"]')].slice(-words)) removeWord(span);
  }

  #place(onNewLine: boolean, of: Utterance | Interim): HTMLElement {
    const span = makeInterim();
    const line = this.#lines.lastElementChild;
    if (line && !onNewLine) line.append(' ', span);
    else this.#newLine(of).append(span);
    return span;
  }

  /** @param of what begins with it; a line that continues another has no label */
  #newLine(of?: Utterance | Interim): HTMLElement {
    const line = document.createElement('p');
    line.setAttribute('part', 'line');
    if (of?.speaker) {
      line.setAttribute('data-speaker', of.speaker);
      line.style.setProperty('--_lane', String(of.lane));
    }
    this.#lines.append(line);
    this.#begun++;
    return line;
  }

  /** Moves the last word to a new line if it, or the `room` reserved for it in px, does not fit. */
  #fit(span: HTMLElement, room: number): void {
    const line = span.parentElement;
    if (!line) return;
    const alone = line.firstElementChild === span;
    const spare = Math.max(0, room - span.getBoundingClientRect().width);
    const width = line.getBoundingClientRect().width + (alone ? 0 : spare);
    const fits = width <= this.#lines.clientWidth + 0.5 && (alone || !line.classList.contains('long'));
    if (fits) return;
    if (alone) {
      line.classList.add('long'); // a word longer than a line is broken inside
      return;
    }
    span.previousSibling?.remove();
    this.#newLine().append(span);
    this.#fit(span, 0);
  }

  #mark(threshold: number): void {
    this.#threshold = threshold;
    for (const span of this.#lines.querySelectorAll('[part~="word"]')) markWord(span, threshold);
  }

  /** Animates the lines upwards by the height of `lines` new lines. Animations that overlap add up. */
  #roll(lines: number): void {
    const height = (this.#lines.lastElementChild as HTMLElement | null)?.offsetHeight ?? 0;
    if (lines === 0 || lines > MOST_LINES || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    this.#lines.animate(
      { transform: [`translateY(${lines * height}px)`, 'translateY(0)'] },
      { duration: ROLL_MS, easing: 'ease-out', composite: 'add' },
    );
  }

  #measure(): string {
    return `${this.#lines.clientWidth} ${getComputedStyle(this.#lines).fontSize}`;
  }

  #relayout(): void {
    if (!this.#transcript) return;
    this.#clear();
    this.show(this.#transcript, this.#threshold);
  }

  #clear(): void {
    this.#newWords.reset();
    this.#empty();
  }

  #empty(): void {
    this.#interim = undefined;
    this.#lines.replaceChildren();
  }
}

/** With the space before it, and its line where it was the only word. */
function removeWord(span: Element): void {
  const line = span.parentElement;
  span.previousSibling?.remove();
  span.remove();
  if (line?.childElementCount === 0) line.remove();
}
