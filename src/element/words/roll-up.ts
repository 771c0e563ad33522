/**
 * Roll-up captions: words are appended to the last line, and full lines move up. A shown word never moves to another line;
 * lines are broken by measuring, and broken again only when the box or the font size changes.
 */
import type { Transcript } from '../../client/transcript.js';
import { NewWords, type NewWord } from './new-words.js';
import { makeInterim, markWord, showWord } from './word-span.js';

/** Lines kept in the page, of which the box shows the last few. */
export const MOST_LINES = 8;
/** Of a long transcript, only so many words can matter to the lines kept. */
const MOST_WORDS = 200;
/** Room an unfinished word asks for, in em: most words grow no longer, and stay where they began. */
const INTERIM_ROOM = 4;
const ROLL_MS = 180;

export class RollUp {
  readonly #lines: HTMLElement;
  readonly #newWords = new NewWords();
  readonly #observer = new ResizeObserver(() => {
    if (this.#measure() !== this.#size) this.#relayout();
  });
  readonly #fonts = (): void => {
    this.#ready = undefined;
    this.#relayout();
  };
  /** The fonts' `ready` that is waited for: in Safari `loadingdone` never fires. */
  #ready: Promise<unknown> | undefined;
  #transcript: Transcript | undefined;
  #threshold = 0;
  #growing: HTMLElement | undefined;
  /** Lines begun since the last roll. */
  #begun = 0;
  #size = '';

  /** @param lines a box of its own, as wide as a line may be; its ancestors clip it at the top */
  constructor(lines: HTMLElement) {
    this.#lines = lines;
    lines.replaceChildren();
    // The box around them, whose height they do not change: a loop of resizes would be an error of the page.
    this.#observer.observe(lines.parentElement ?? lines);
    document.fonts.addEventListener('loadingdone', this.#fonts);
  }

  /** What was just laid out may have made the browser load a font. */
  #awaitFonts(): void {
    const { ready, status } = document.fonts;
    if (status !== 'loading' || ready === this.#ready) return;
    this.#ready = ready;
    void ready.then(() => {
      if (this.#ready === ready) this.#fonts();
    });
  }

  close(): void {
    this.#observer.disconnect();
    document.fonts.removeEventListener('loadingdone', this.#fonts);
    this.#ready = undefined;
  }

  show(transcript: Transcript, threshold: number): void {
    this.#transcript = transcript;
    // Without a width nothing can be measured; the observer calls again when there is one.
    this.#size = this.#measure();
    if (this.#lines.clientWidth === 0) return this.#clear();
    const rolls = this.#lines.childElementCount > 0;
    const { restarted, words } = this.#newWords.take(transcript);
    if (restarted) this.#empty();
    for (const word of words.slice(-MOST_WORDS)) this.#add(word, threshold);
    this.#grow(transcript);
    if (threshold !== this.#threshold) this.#mark(threshold);
    while (this.#lines.childElementCount > MOST_LINES) this.#lines.firstElementChild?.remove();
    if (rolls && !restarted) this.#roll(this.#begun);
    this.#begun = 0;
    this.#awaitFonts();
  }

  #add({ word, first }: NewWord, threshold: number): void {
    const span = this.#growing ?? this.#place(first);
    this.#growing = undefined;
    showWord(span, word, threshold);
    this.#fit(span, 0);
  }

  #grow({ interim, utterances }: Transcript): void {
    if (!interim) {
      this.#drop();
      return;
    }
    this.#growing ??= this.#place(utterances.at(-1)?.isFinal ?? true);
    if (this.#growing.textContent === interim.text) return;
    this.#growing.textContent = interim.text;
    this.#fit(this.#growing, INTERIM_ROOM * parseFloat(getComputedStyle(this.#lines).fontSize));
  }

  /** An unfinished word that came to nothing. */
  #drop(): void {
    const line = this.#growing?.parentElement;
    this.#growing?.previousSibling?.remove();
    this.#growing?.remove();
    if (line?.childElementCount === 0) line.remove();
    this.#growing = undefined;
  }

  #place(onNewLine: boolean): HTMLElement {
    const span = makeInterim();
    const line = this.#lines.lastElementChild;
    if (line && !onNewLine) line.append(' ', span);
    else this.#newLine().append(span);
    return span;
  }

  #newLine(): HTMLElement {
    const line = document.createElement('p');
    line.setAttribute('part', 'line');
    this.#lines.append(line);
    this.#begun++;
    return line;
  }

  /** Moves the last word to a line of its own where it, or the room it asks for in px, goes beyond the box. */
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

  /** New lines come from below: each begun is one line's height the others move up. Rolls that overlap add up. */
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
    this.#growing = undefined;
    this.#lines.replaceChildren();
  }
}
