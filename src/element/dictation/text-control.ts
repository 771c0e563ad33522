/** Dictates into an <input> or a <textarea>. */
import { isHtml } from '../nodes.js';
import type { Surroundings } from './spacing.js';
import { moved, spliceBetween, type Splice } from './splice.js';
import { TrackedField, type Written } from './tracked-field.js';

export type TextControlElement = HTMLInputElement | HTMLTextAreaElement;

/** How much text on either side of a word affects its spacing and capitals, in characters. */
const REACH = 1_000;

interface Span {
  readonly from: number;
  readonly to: number;
  readonly direction?: 'forward' | 'backward' | 'none';
}

export class TextControl extends TrackedField<Span> {
  readonly element: TextControlElement;
  protected readonly isEditor = false;
  protected place: Span;
  protected lastSelection: Span;
  /** The value at the last check. A script may change the value at any time, without an event. */
  #value: string;
  /** Words were written while the focus was elsewhere; the browser will fire no `change` for them. */
  #changeDue = false;

  /** Begins at the caret if the field is focused or its caret was moved before, else at the end. */
  constructor(element: TextControlElement, firesBeforeInput: boolean) {
    super(firesBeforeInput);
    this.element = element;
    this.#value = element.value;
    const { from, to } = this.selection();
    if (!this.isFocused) {
      const caret = to === 0 ? element.value.length : to;
      element.setSelectionRange(caret, caret);
    } else if (from === to) this.seal();
    this.place = this.lastSelection = this.selection();
  }

  override edited(): void {
    this.#moveThrough(this.caret());
    super.edited();
  }

  override breakLine(): void {
    if (isHtml(this.element, 'textarea')) this.write('\n', 0);
    else this.record({ start: this.place, text: '' });
  }

  override end(): void {
    if (this.same(this.selection(), this.place)) super.end();
  }

  close(): void {
    if (this.#changeDue) this.element.dispatchEvent(new Event('change', { bubbles: true }));
    this.#changeDue = false;
  }

  protected get isFocused(): boolean {
    return this.element.matches(':focus');
  }

  protected selection(): Span {
    const { selectionStart, selectionEnd, selectionDirection } = this.element;
    const direction = selectionDirection ?? 'none';
    return { from: selectionStart ?? 0, to: selectionEnd ?? 0, direction };
  }

  protected select({ from, to, direction }: Span): void {
    this.element.setSelectionRange(from, to, direction);
  }

  protected same(a: Span, b: Span): boolean {
    return a.from === b.from && a.to === b.to;
  }

  protected text(): string {
    return this.element.value;
  }

  protected caret(): number | undefined {
    const { from, to } = this.selection();
    return from === to ? to : undefined;
  }

  protected positionAt(offset: number): Span {
    return { from: offset, to: offset };
  }

  protected follow(): void {
    this.#moveThrough();
  }

  protected followEdit(): void {
    this.#moveThrough(this.caret());
  }

  protected textAround(): Surroundings {
    const { from, to } = this.place;
    return { before: this.#value.slice(Math.max(0, from - REACH), from), after: this.#value.slice(to, to + REACH) };
  }

  protected replaced(eat: number): Span {
    return { from: Math.max(0, this.place.from - eat), to: this.place.to };
  }

  protected spanFrom({ from }: Span, length: number): Span {
    return { from, to: from + length };
  }

  protected textOf({ from, to }: Span): string {
    return this.element.value.slice(from, to);
  }

  protected isAt({ from }: Span, length: number): boolean {
    return from + length === this.place.from;
  }

  /** Text controls have none. */
  protected targetRanges(): [] {
    return [];
  }

  protected hasRoom(word: string, { from, to }: Span): boolean {
    const { maxLength } = this.element;
    return maxLength < 0 || this.#value.length - (to - from) + word.length <= maxLength;
  }

  protected insert(word: string, { from, to }: Span, away: boolean): void {
    this.element.setRangeText(word, from, to, away ? 'preserve' : 'end');
    this.#changeDue = true;
  }

  protected changeByScript(_command: unknown, { from, to }: Span): void {
    this.element.setRangeText('', from, to, 'preserve');
    this.#changeDue = true;
  }

  protected advance({ word }: Written, { from, to }: Span): void {
    this.#value = this.#value.slice(0, from) + word + this.#value.slice(to);
    this.#move({ start: from, removed: to - from, inserted: word.length });
    this.place = this.positionAt(from + word.length);
    this.follow(); // the page may have rewritten the word
  }

  /** Compares the value with the last one. @param caret its position after an edit */
  #moveThrough(caret?: number): void {
    const splice = spliceBetween(this.#value, this.element.value, caret);
    if (!splice) return;
    this.#value = this.element.value;
    this.#move(splice);
    if (!this.kept) this.lastSelection = this.selection();
  }

  #move(splice: Splice): void {
    const through = (span: Span): Span => ({ ...span, from: moved(span.from, splice), to: moved(span.to, splice) });
    this.place = through(this.place);
    this.lastSelection = through(this.lastSelection);
    this.kept &&= through(this.kept);
    this.moveStarts(through);
  }
}
