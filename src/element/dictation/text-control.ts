/** An <input> or a <textarea> that is dictated into. */
import type { Field } from './field.js';
import type { Surroundings } from './spacing.js';
import { moved, spliceBetween, type Splice } from './splice.js';
import { mayType, typeInto } from './typing.js';

export type TextControlElement = HTMLInputElement | HTMLTextAreaElement;

/** How far from a word its joints depend on what is written, in characters. */
const REACH = 1_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class TextControl implements Field {
  readonly element: TextControlElement;
  readonly #browserAsks: boolean;
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
  constructor(element: TextControlElement, browserAsks: boolean) {
    this.element = element;
    this.#browserAsks = browserAsks;
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
    if (this.#focused && !same(this.#rest, { from, to })) this.#place = { from, to };
    this.#seal();
  }

  write(text: string, eat: number): boolean {
    this.#look();
    const { element } = this;
    const targetRanges = (): [] => [];
    if (!this.#hasRoom(text, eat)) return !mayType({ element, text, targetRanges });
    const away = this.#isAway();
    const selected = this.#selection;
    const rest = this.#rest;
    const { selectionDirection } = element;
    const scroll = { left: element.scrollLeft, top: element.scrollTop };
    const splices: Splice[] = [];
    const look = (): void => {
      const splice = this.#look();
      if (splice) splices.push(splice);
    };
    const kept = (span: Span): Span => splices.reduce((moving, splice) => through(splice, moving), span);

    if (this.#typed) this.#seal();
    let replaced = this.#replaced(eat);
    const outcome = typeInto({
      element,
      text,
      targetRanges,
      isFocused: this.#focused,
      browserAsks: this.#browserAsks,
      select: () => {
        look();
        replaced = this.#replaced(eat);
        // Selecting even what is selected would break the utterance into steps.
        if (!same(replaced, this.#selection)) element.setSelectionRange(replaced.from, replaced.to);
      },
      isSelected: () => same(replaced, this.#selection),
      insert: () => {
        look();
        replaced = this.#replaced(eat);
        element.setRangeText(text, replaced.from, replaced.to, away ? 'preserve' : 'end');
        this.#untold = true;
      },
    });
    const untouched = outcome === 'refused' && same(replaced, this.#selection);
    if (outcome !== 'refused') splices.push(this.#written(text, replaced));
    look(); // what the page made of it
    if (away || untouched) {
      const before = kept(selected);
      if (this.#focused && !same(before, this.#selection)) this.#select(before, selectionDirection, scroll);
      this.#rest = kept(rest);
    } else this.#rest = this.#selection;
    this.#typed = false;
    this.#wrote = outcome !== 'refused';
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
    return !same(this.#selection, this.#place);
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

  /** What a word replaces that takes the last `eat` characters before the place with it. */
  #replaced(eat: number): Span {
    return { from: Math.max(0, this.#place.from - eat), to: this.#place.to };
  }

  #hasRoom(text: string, eat: number): boolean {
    const { from, to } = this.#replaced(eat);
    const { maxLength } = this.element;
    return maxLength < 0 || this.#value.length - (to - from) + text.length <= maxLength;
  }

  /** Takes note of a word that was written. */
  #written(text: string, { from, to }: Span): Splice {
    this.#value = this.#value.slice(0, from) + text + this.#value.slice(to);
    this.#place = { from: from + text.length, to: from + text.length };
    return { start: from, removed: to - from, inserted: text.length };
  }

  /** Selecting anew ends what is undone in one go. */
  #seal(): void {
    const { selectionStart, selectionEnd, selectionDirection } = this.element;
    if (this.#focused) this.element.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined);
  }
}

const through = (splice: Splice, { from, to }: Span): Span => ({ from: moved(from, splice), to: moved(to, splice) });

const same = (a: Span, b: Span): boolean => a.from === b.from && a.to === b.to;
