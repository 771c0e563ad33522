/** An <input> or a <textarea> that is dictated into. */
import { mayType, tellTyped, type, type Field } from './field.js';
import type { Surroundings } from './joint.js';
import { moved, spliceBetween, type Splice } from './splice.js';

export type TextControlElement = HTMLInputElement | HTMLTextAreaElement;

/** How far from a word its joints depend on what is written, in characters. */
const REACH = 1_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class TextControl implements Field {
  readonly element: TextControlElement;
  /** What it held when last looked at: anybody may change it at any time, and not all tell. */
  #value: string;
  /** What the next word replaces; empty but before the first word over a selection. */
  #place: Span;
  /** The selection that an edit or a word left behind. */
  #rest: Span;
  /** Somebody typed since our last word: in Chromium, what is typed in one go is undone in one go. */
  #typed = false;
  #wrote = false;
  /** Written into while the focus was elsewhere: the browser will not tell of that change. */
  #untold = false;

  /** Where the field has the focus the caret is where the visitor wants it. Else it is where the page or a Tab left it. */
  constructor(element: TextControlElement) {
    this.element = element;
    this.#value = element.value;
    const { from, to } = this.#selection;
    if (!this.#focused) {
      const caret = to === 0 ? element.value.length : to;
      element.setSelectionRange(caret, caret);
    } else if (from === to) this.#seal();
    this.#place = this.#rest = this.#selection;
  }

  around(): Surroundings {
    this.#look();
    const { from, to } = this.#place;
    return { before: this.#value.slice(Math.max(0, from - REACH), from), after: this.#value.slice(to, to + REACH) };
  }

  begin(): void {
    this.#look();
    const { from, to } = this.#selection;
    if (this.#focused && (from !== this.#rest.from || to !== this.#rest.to)) this.#place = { from, to };
    this.#seal();
  }

  write(text: string, eat: number): boolean {
    if (!mayType(this.element, text)) return true;
    this.#look();
    const { element } = this;
    const { from, to } = { from: Math.max(0, this.#place.from - eat), to: this.#place.to };
    const room = element.maxLength < 0 ? Infinity : element.maxLength - (this.#value.length - (to - from));
    if (text.length > room) return false;
    const written = this.#value.slice(0, from) + text + this.#value.slice(to);
    const splice: Splice = { start: from, removed: to - from, inserted: text.length };
    const away = this.#isAway();
    const selected = this.#selection;
    const { selectionDirection } = element;
    const scroll = { left: element.scrollLeft, top: element.scrollTop };

    if (this.#typed) this.#seal();
    if (!this.#focused || !this.#type(text, from, to)) {
      element.setRangeText(text, from, to, away ? 'preserve' : 'end');
      tellTyped(element, text);
      this.#untold = true;
    }
    this.#value = written;
    this.#place = { from: from + text.length, to: from + text.length };
    const rest = this.#rest;
    const answer = this.#look(); // what the page made of it
    if (away) {
      const kept = (span: Span): Span => (answer ? through(answer, through(splice, span)) : through(splice, span));
      if (this.#focused) this.#select(kept(selected), selectionDirection, scroll);
      this.#rest = kept(rest);
    } else this.#rest = this.#selection;
    this.#typed = false;
    this.#wrote = true;
    return true;
  }

  editing(): void {
    if (this.#wrote) this.#seal();
    this.#wrote = false;
  }

  edited(): void {
    const { from, to } = this.#selection;
    this.#look(from === to ? to : undefined);
    this.#rest = this.#selection;
    this.#typed = true;
  }

  end(): void {
    if (!this.#isAway()) this.#seal();
  }

  close(): void {
    if (this.#untold) this.element.dispatchEvent(new Event('change', { bubbles: true }));
    this.#untold = false;
  }

  get #focused(): boolean {
    return this.element.matches(':focus');
  }

  get #selection(): Span {
    return { from: this.element.selectionStart ?? 0, to: this.element.selectionEnd ?? 0 };
  }

  /** Whether the caret is not where the words go. */
  #isAway(): boolean {
    const { from, to } = this.#selection;
    return from !== this.#place.from || to !== this.#place.to;
  }

  /** Keeps the place through whatever changed the text. `caret`: where the edit left it. */
  #look(caret?: number): Splice | undefined {
    const splice = spliceBetween(this.#value, this.element.value, caret);
    if (!splice) return undefined;
    this.#value = this.element.value;
    this.#place = through(splice, this.#place);
    this.#rest = this.#selection;
    return splice;
  }

  #select({ from, to }: Span, direction: 'forward' | 'backward' | 'none' | null, scroll: ScrollToOptions): void {
    this.element.setSelectionRange(from, to, direction ?? undefined);
    this.element.scrollTo(scroll);
  }

  #type(text: string, from: number, to: number): boolean {
    const selected = this.#selection;
    // Selecting even what is selected would break the utterance into steps.
    if (from !== selected.from || to !== selected.to) this.element.setSelectionRange(from, to);
    return type(this.element, text);
  }

  /** Selecting anew ends what is undone in one go. */
  #seal(): void {
    const { selectionStart, selectionEnd, selectionDirection } = this.element;
    if (this.#focused) this.element.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined);
  }
}

const through = (splice: Splice, { from, to }: Span): Span => ({ from: moved(from, splice), to: moved(to, splice) });
