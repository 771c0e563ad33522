/** Lets the visitor choose a word by a click, or by arrow keys and Enter. */
import type { Word } from '../../client/transcript.js';
import { wordOf } from './word-span.js';

const WORD = '[part~="word"]';

export class WordCursor {
  readonly #box: HTMLElement;
  readonly #go: (word: Word) => void;
  readonly #events = new AbortController();
  #current: HTMLElement | undefined;

  /**
   * @param box focusable; contains the paragraphs
   * @param go called with the chosen word
   */
  constructor(box: HTMLElement, go: (word: Word) => void) {
    this.#box = box;
    this.#go = go;
    const { signal } = this.#events;
    box.addEventListener('click', this.#onClick, { signal });
    box.addEventListener('keydown', this.#onKeydown, { signal });
    box.addEventListener('focusin', ({ target }) => this.#enter(target), { signal });
    box.addEventListener('focusout', (event) => event.relatedTarget !== this.#current && this.#leave(), { signal });
  }

  close(): void {
    this.#leave();
    this.#events.abort();
  }

  /** A click on a paragraph's time chooses its first word. Selecting text is not a click. */
  readonly #onClick = ({ target }: MouseEvent): void => {
    if (!(target instanceof HTMLElement) || target.ownerDocument.getSelection()?.isCollapsed === false) return;
    const isTime = target.localName === 'time';
    const word = wordOf(isTime ? (target.parentElement?.querySelector(WORD) ?? null) : target);
    if (word) this.#go(word);
  };

  readonly #onKeydown = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const back = getComputedStyle(this.#box).direction === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') this.#move(event.key === back);
    else if ((event.key === 'Enter' || event.key === ' ') && this.#current) this.#press();
    else return;
    event.preventDefault();
  };

  #press(): void {
    const word = wordOf(this.#current ?? null);
    if (word) this.#go(word);
  }

  #move(back: boolean): void {
    const next = this.#current ? this.#neighbour(this.#current, back) : this.#firstInView();
    if (!next || next === this.#current) return;
    this.#leave();
    this.#current = next;
    // Only the current word is a button: screen readers could not read ten thousand buttons as text.
    next.tabIndex = -1;
    next.role = 'button';
    next.focus();
  }

  /** A word was focused by other code, after an edit. */
  #enter(target: EventTarget | null): void {
    if (target === this.#current || !(target instanceof HTMLElement) || !wordOf(target)) return;
    this.#leave();
    this.#current = target;
  }

  #leave(): void {
    const left = this.#current;
    this.#current = undefined;
    left?.removeAttribute('role');
    left?.removeAttribute('tabindex');
  }

  #neighbour(word: HTMLElement, back: boolean): HTMLElement | undefined {
    const beside = back ? word.previousElementSibling : word.nextElementSibling;
    if (beside?.matches(WORD)) return beside as HTMLElement;
    const paragraph = word.parentElement?.parentElement;
    const other = back ? paragraph?.previousElementSibling : paragraph?.nextElementSibling;
    const words = other?.querySelectorAll<HTMLElement>(WORD);
    return words?.[back ? words.length - 1 : 0];
  }

  #firstInView(): HTMLElement | undefined {
    const { top } = this.#box.getBoundingClientRect();
    const paragraphs = [...this.#box.querySelectorAll('[part~="paragraph"]')];
    const inView = paragraphs.find((paragraph) => paragraph.getBoundingClientRect().bottom > top);
    const words = [...(inView?.querySelectorAll<HTMLElement>(WORD) ?? [])];
    return words.find((word) => word.getBoundingClientRect().bottom > top) ?? words[0];
  }
}
