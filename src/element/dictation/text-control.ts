/** Dictates into an <input> or a <textarea>. */
import type { Field } from './field.js';
import type { Surroundings } from './spacing.js';
import { moved, spliceBetween, type Splice } from './splice.js';
import { mayType, typeInto } from './typing.js';

export type TextControlElement = HTMLInputElement | HTMLTextAreaElement;

/** How much text on either side of a word affects its spacing and capitals, in characters. */
const REACH = 1_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

export class TextControl implements Field {
  readonly element: TextControlElement;
  readonly #firesBeforeInput: boolean;
  /** The value at the last check. A script may change the value at any time, without an event. */
  #value: string;
  /** What the next word replaces. Empty, except before the first word if text is selected. */
  #place: Span;
  /** The selection after the last edit or dictated word. */
  #lastSelection: Span;
  /** An edit followed our last word. Chromium would undo typing and dictation in one step. */
  #typed = false;
  #wrote = false;
  /** Words were written while the focus was elsewhere; the browser will fire no `change` for them. */
  #changeDue = false;

  /** Begins at the caret if the field is focused or its caret was moved before, else at the end. */
  constructor(element: TextControlElement, firesBeforeInput: boolean) {
    this.element = element;
    this.#firesBeforeInput = firesBeforeInput;
    this.#value = element.value;
    const { from, to } = this.#selection;
    if (!this.#focused) {
      const caret = to === 0 ? element.value.length : to;
      element.setSelectionRange(caret, caret);
    } else if (from === to) this.#seal();
    this.#place = this.#lastSelection = this.#selection;
  }

  around(): Surroundings {
    this.#sync();
    const { from, to } = this.#place;
    return { before: this.#value.slice(Math.max(0, from - REACH), from), after: this.#value.slice(to, to + REACH) };
  }

  begin(): void {
    this.#sync();
    const { from, to } = this.#selection;
    if (this.#focused && !same(this.#lastSelection, { from, to })) this.#place = { from, to };
    this.#seal();
  }

  write(text: string, eat: number): boolean {
    this.#sync();
    const { element } = this;
    const targetRanges = (): [] => [];
    if (!this.#hasRoom(text, eat)) return !mayType({ element, text, targetRanges });
    const away = this.#isAway();
    const selected = this.#selection;
    const lastSelection = this.#lastSelection;
    const { selectionDirection } = element;
    const scroll = { left: element.scrollLeft, top: element.scrollTop };
    const splices: Splice[] = [];
    const sync = (): void => {
      const splice = this.#sync();
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
      firesBeforeInput: this.#firesBeforeInput,
      select: () => {
        sync();
        replaced = this.#replaced(eat);
        // Every `setSelectionRange`, even to the current selection, would start another undo step.
        if (!same(replaced, this.#selection)) element.setSelectionRange(replaced.from, replaced.to);
      },
      isSelected: () => same(replaced, this.#selection),
      insert: () => {
        sync();
        replaced = this.#replaced(eat);
        element.setRangeText(text, replaced.from, replaced.to, away ? 'preserve' : 'end');
        this.#changeDue = true;
      },
    });
    const untouched = outcome === 'refused' && same(replaced, this.#selection);
    if (outcome !== 'refused') splices.push(this.#recordWrite(text, replaced));
    sync(); // the page may have rewritten the word
    if (away || untouched) {
      const before = kept(selected);
      if (this.#focused && !same(before, this.#selection)) this.#select(before, selectionDirection, scroll);
      this.#lastSelection = kept(lastSelection);
    } else this.#lastSelection = this.#selection;
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
    this.#sync(from === to ? to : undefined);
    this.#lastSelection = this.#selection;
    this.#typed = true;
  }

  end(): void {
    if (!this.#isAway()) this.#seal();
  }

  close(): void {
    if (this.#changeDue) this.element.dispatchEvent(new Event('change', { bubbles: true }));
    this.#changeDue = false;
  }

  get #focused(): boolean {
    return this.element.matches(':focus');
  }

  get #selection(): Span {
    return { from: this.element.selectionStart ?? 0, to: this.element.selectionEnd ?? 0 };
  }

  /** Whether the caret is not at the place. */
  #isAway(): boolean {
    return !same(this.#selection, this.#place);
  }

  /** Moves the place with any change of the value since the last check. @param caret its position after the edit */
  #sync(caret?: number): Splice | undefined {
    const splice = spliceBetween(this.#value, this.element.value, caret);
    if (!splice) return undefined;
    this.#value = this.element.value;
    this.#place = through(splice, this.#place);
    this.#lastSelection = this.#selection;
    return splice;
  }

  #select({ from, to }: Span, direction: 'forward' | 'backward' | 'none' | null, scroll: ScrollToOptions): void {
    this.element.setSelectionRange(from, to, direction ?? undefined);
    this.element.scrollTo(scroll);
  }

  /** The place, extended by the `eat` characters before it. */
  #replaced(eat: number): Span {
    return { from: Math.max(0, this.#place.from - eat), to: this.#place.to };
  }

  #hasRoom(text: string, eat: number): boolean {
    const { from, to } = this.#replaced(eat);
    const { maxLength } = this.element;
    return maxLength < 0 || this.#value.length - (to - from) + text.length <= maxLength;
  }

  /** Updates the state after a word was written. */
  #recordWrite(text: string, { from, to }: Span): Splice {
    this.#value = this.#value.slice(0, from) + text + this.#value.slice(to);
    this.#place = { from: from + text.length, to: from + text.length };
    return { start: from, removed: to - from, inserted: text.length };
  }

  /** Ends the current undo step: every new selection does. */
  #seal(): void {
    const { selectionStart, selectionEnd, selectionDirection } = this.element;
    if (this.#focused) this.element.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? undefined);
  }
}

const through = (splice: Splice, { from, to }: Span): Span => ({ from: moved(from, splice), to: moved(to, splice) });

const same = (a: Span, b: Span): boolean => a.from === b.from && a.to === b.to;
