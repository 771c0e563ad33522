/** Dictates into a contenteditable element. */
import { isElement, isHtml, isText } from '../nodes.js';
import { LiveRange, offsetOf, rangeBetween, rangeOver } from './live-range.js';
import type { Surroundings } from './spacing.js';
import { select, selectedRange } from './selection.js';
import { spliceBetween } from './splice.js';
import { TrackedField, type Written } from './tracked-field.js';

export class Editable extends TrackedField<LiveRange> {
  readonly element: HTMLElement;
  protected readonly isEditor = true;
  protected place: LiveRange;
  protected lastSelection: LiveRange;
  /** The text at the last check. An editor may draw at any time, without an event. */
  #text: string;
  /** The visitor edits at the place. */
  #atPlace = false;

  constructor(element: HTMLElement, firesBeforeInput: boolean) {
    super(firesBeforeInput);
    this.element = element;
    this.#text = this.text();
    const wanted = this.isFocused ? this.selection() : undefined;
    this.place = this.lastSelection = wanted ?? new LiveRange(element, endOf(element));
    if (!wanted) this.select(this.place);
  }

  override editing(): void {
    super.editing();
    const selection = this.selection();
    // Where an editor has replaced the nodes, the caret and the place seem to be the same until it sets the caret.
    this.#atPlace = selection !== undefined && !this.place.isLost && this.same(selection, this.place);
  }

  override edited(): void {
    super.edited();
    this.#continueAtCaret();
  }

  /** Editable elements fire no `change` event. */
  close(): void {
    this.#atPlace = false;
  }

  protected get isFocused(): boolean {
    return (
      this.element.ownerDocument.designMode === 'on' ||
      this.element.closest('[contenteditable]:focus, [contenteditable]:focus-within') !== null
    );
  }

  protected selection(): LiveRange | undefined {
    const range = this.#selectedRange();
    return range && new LiveRange(this.element, range);
  }

  protected select({ range }: LiveRange): void {
    select(this.element, range);
  }

  protected same({ range: a }: LiveRange, { range: b }: LiveRange): boolean {
    return (
      a.startContainer === b.startContainer &&
      a.startOffset === b.startOffset &&
      a.endContainer === b.endContainer &&
      a.endOffset === b.endOffset
    );
  }

  protected text(): string {
    return this.element.textContent;
  }

  protected caret(): number | undefined {
    const range = this.#selectedRange();
    return range?.collapsed ? offsetOf(this.element, range.startContainer, range.startOffset) : undefined;
  }

  protected positionAt(offset: number): LiveRange {
    return new LiveRange(this.element, rangeBetween(this.element, offset, offset));
  }

  protected follow(): void {
    const text = this.text();
    const splice = spliceBetween(this.#text, text, this.caret());
    this.#text = text;
    const selected = this.#selectedRange();
    for (const range of new Set([this.place, this.lastSelection, this.kept])) range?.follow(splice, selected);
    this.moveStarts((start) => {
      start.follow(splice, undefined);
      return start;
    });
    if (!splice || this.kept) return;
    this.#continueAtCaret(); // an editor that inserts text itself fires no `input` event
    this.lastSelection = this.selection() ?? this.lastSelection;
  }

  protected followEdit(): void {
    this.follow();
  }

  protected textAround(): Surroundings {
    const { startContainer, startOffset, endContainer, endOffset } = this.place.range;
    const before = rangeOver(blockOf(startContainer, this.element));
    const after = rangeOver(blockOf(endContainer, this.element));
    before.setEnd(startContainer, startOffset);
    after.setStart(endContainer, endOffset);
    return { before: textOf(before), after: textOf(after) };
  }

  protected replaced(eat: number): LiveRange {
    const range = this.place.range.cloneRange();
    const { startContainer, startOffset } = range;
    if (isText(startContainer)) range.setStart(startContainer, Math.max(0, startOffset - eat));
    return new LiveRange(this.element, range);
  }

  protected spanFrom({ range: { startContainer, startOffset } }: LiveRange, length: number): LiveRange {
    const start = offsetOf(this.element, startContainer, startOffset);
    const range = rangeBetween(this.element, start + length, start + length);
    range.setStart(startContainer, startOffset);
    return new LiveRange(this.element, range);
  }

  protected textOf({ range }: LiveRange): string {
    return range.toString();
  }

  protected isAt({ range }: LiveRange, length: number): boolean {
    const { startContainer, startOffset } = this.place.range;
    const place = offsetOf(this.element, startContainer, startOffset);
    return offsetOf(this.element, range.startContainer, range.startOffset) + length === place;
  }

  protected targetRanges({ range }: LiveRange): StaticRange[] {
    return [new StaticRange(range)];
  }

  protected hasRoom(): boolean {
    return true;
  }

  protected insert(word: string, { range }: LiveRange): void {
    range.deleteContents();
    const { startContainer, startOffset } = range;
    const { ownerDocument } = this.element;
    const end = ownerDocument.createRange();
    if (isText(startContainer)) {
      startContainer.insertData(startOffset, word);
      end.setStart(startContainer, startOffset + word.length);
    } else {
      const node = ownerDocument.createTextNode(word);
      range.insertNode(node);
      end.setStart(node, word.length);
    }
    this.follow();
    this.place = new LiveRange(this.element, end);
  }

  protected changeByScript(command: 'delete' | 'insertParagraph', { range }: LiveRange): void {
    if (command === 'delete') {
      const { startContainer, startOffset, collapsed } = range;
      const before = isText(startContainer)
        ? startContainer.previousSibling
        : startContainer.childNodes[startOffset - 1];
      if (!collapsed) range.deleteContents();
      else if (before && isHtml(before, 'br')) before.remove();
      return;
    }
    const br = this.element.ownerDocument.createElement('br');
    range.insertNode(br);
    const after = range.cloneRange();
    after.setStartAfter(br);
    after.collapse(true);
    this.follow();
    this.place = new LiveRange(this.element, after);
  }

  protected advance(written: Written, _replaced: LiveRange, outcome: 'typed' | 'inserted'): void {
    this.follow();
    if (outcome === 'typed') this.moveBehind(written, true);
  }

  /** The browser's ranges stay before text that is typed at their position; the next word goes after that text. */
  #continueAtCaret(): void {
    if (this.#atPlace) this.place = this.selection() ?? this.place;
    this.#atPlace = false;
  }

  /** Undefined if it is outside the field. */
  #selectedRange(): AbstractRange | undefined {
    const range = selectedRange(this.element);
    if (!range || !this.element.contains(range.startContainer) || !this.element.contains(range.endContainer)) return;
    return range;
  }
}

/** The end of the content, in the innermost last node that is not a `<br>`. */
function endOf(element: HTMLElement): Range {
  let node: Node = element;
  while (node.lastChild && !isHtml(node.lastChild, 'br')) node = node.lastChild;
  const range = rangeOver(node);
  range.collapse(false);
  return range;
}

/** The closest block around `node`, at most `field`. */
function blockOf(node: Node, field: HTMLElement): Node {
  for (let block: Node | null = node; block; block = block.parentNode) {
    if (block === field) return field;
    if (isElement(block) && !getComputedStyle(block).display.startsWith('inline')) return block;
  }
  return field;
}

function textOf(range: Range): string {
  const part = range.cloneContents();
  for (const br of part.querySelectorAll('br')) br.replaceWith('\n');
  return part.textContent;
}
