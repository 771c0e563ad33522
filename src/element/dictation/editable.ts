/** Dictates into a contenteditable element. */
import type { Field } from './field.js';
import type { Surroundings } from './spacing.js';
import { select, selectedRange } from './selection.js';
import { typeInto } from './typing.js';

export class Editable implements Field {
  readonly element: HTMLElement;
  readonly #firesBeforeInput: boolean;
  /** What the next word replaces. Live: the browser moves it with every change of the text. */
  #place: Range;
  /** The nodes in which the place was last set. When an editor renders its text again, the place is no longer in them. */
  #placeNodes: readonly [Node, Node];
  /** The selection after the last edit or dictated word. */
  #lastSelection: Range;
  #atPlace = false;
  #typed = false;
  #wrote = false;

  constructor(element: HTMLElement, firesBeforeInput: boolean) {
    this.element = element;
    this.#firesBeforeInput = firesBeforeInput;
    const selection = this.#selection();
    const wanted = this.#focused ? selection : undefined;
    this.#place = wanted ?? endOf(element);
    this.#placeNodes = [this.#place.startContainer, this.#place.endContainer];
    if (!wanted) select(this.element, this.#place);
    this.#lastSelection = this.#place.cloneRange();
  }

  around(): Surroundings {
    this.#find();
    const { startContainer, startOffset, endContainer, endOffset } = this.#place;
    const block = blockOf(startContainer, this.element);
    const [before, after] = [rangeOver(block), rangeOver(blockOf(endContainer, this.element))];
    before.setEnd(startContainer, startOffset);
    after.setStart(endContainer, endOffset);
    return { before: textOf(before), after: textOf(after) };
  }

  begin(): void {
    this.#find();
    const selection = this.#focused ? this.#selection() : undefined;
    if (selection && !same(selection, this.#lastSelection)) this.#setPlace(selection);
    this.#seal();
  }

  write(text: string, eat: number): boolean {
    this.#find();
    const kept = this.#selection();
    const away = kept !== undefined && !same(kept, this.#place);
    const place = this.#place.cloneRange();
    const { startContainer, startOffset } = place;
    if (startContainer instanceof Text) this.#place.setStart(startContainer, Math.max(0, startOffset - eat));

    if (this.#typed) this.#seal();
    let replaced = new StaticRange(this.#place);
    const outcome = typeInto({
      element: this.element,
      text,
      isFocused: this.#focused,
      firesBeforeInput: this.#firesBeforeInput,
      targetRanges: () => [new StaticRange(this.#place)],
      select: () => {
        this.#find();
        replaced = new StaticRange(this.#place);
        const selection = this.#selection();
        // Every `select`, even of the current selection, would start another undo step.
        if (!selection || !same(selection, replaced)) select(this.element, replaced);
      },
      isSelected: () => this.#isSelected(replaced),
      insert: () => this.#insert(text),
    });
    const caret = this.#selection();
    const untouched = outcome === 'refused' && this.#isSelected(replaced);
    if (outcome === 'refused') this.#place = place;
    // Continue after the word, whether the browser wrote it or an editor that cancelled `beforeinput`.
    if (caret && !untouched && outcome !== 'inserted') this.#setPlace(caret);
    if (kept && (away || untouched) && !(caret && same(caret, kept))) select(this.element, kept);
    if (!away) this.#lastSelection = (this.#selection() ?? this.#place).cloneRange();
    this.#typed = false;
    this.#wrote = outcome !== 'refused';
    return true;
  }

  editing(): void {
    if (this.#wrote) this.#seal();
    this.#wrote = false;
    const selection = this.#selection();
    this.#atPlace = selection !== undefined && same(selection, this.#place);
  }

  edited(): void {
    const selection = this.#selection();
    // A live range stays before text that is typed at its position; the next word goes after that text.
    if (this.#atPlace && selection) this.#setPlace(selection);
    this.#atPlace = false;
    if (selection) this.#lastSelection = selection.cloneRange();
    this.#typed = true;
  }

  end(): void {
    this.#seal();
  }

  /** Editable elements fire no `change` event. */
  close(): void {
    this.#atPlace = false;
  }

  get #focused(): boolean {
    return this.element.closest('[contenteditable]:focus, [contenteditable]:focus-within') !== null;
  }

  /** A live copy of the selection; undefined if it is outside the field. */
  #selection(): Range | undefined {
    const range = selectedRange(this.element);
    if (!range || !this.element.contains(range.startContainer) || !this.element.contains(range.endContainer)) return;
    const live = this.element.ownerDocument.createRange();
    live.setStart(range.startContainer, range.startOffset);
    live.setEnd(range.endContainer, range.endOffset);
    return live;
  }

  #setPlace(place: Range): void {
    this.#place = place.cloneRange();
    this.#placeNodes = [place.startContainer, place.endContainer];
  }

  /** After an editor has rendered its text again, continues at the caret that it set, or at the end if it set none. */
  #find(): void {
    const { startContainer, endContainer } = this.#place;
    const kept = startContainer === this.#placeNodes[0] && endContainer === this.#placeNodes[1];
    if (kept && this.element.contains(startContainer)) return;
    const caret = this.#selection();
    // The browser moves the caret to the start of the field when the paragraph around it is removed.
    const isLost = caret?.startContainer === this.element && caret.startOffset === 0;
    this.#setPlace(caret && !isLost ? caret : endOf(this.element));
  }

  #isSelected(range: StaticRange): boolean {
    const selection = this.#selection();
    return selection !== undefined && same(selection, range);
  }

  /** Writes by script while the focus is elsewhere. The browser cannot undo it. */
  #insert(text: string): void {
    this.#place.deleteContents();
    const { startContainer, startOffset } = this.#place;
    const end = this.element.ownerDocument.createRange();
    if (startContainer instanceof Text) {
      startContainer.insertData(startOffset, text);
      end.setStart(startContainer, startOffset + text.length);
    } else {
      const node = this.element.ownerDocument.createTextNode(text);
      this.#place.insertNode(node);
      end.setStart(node, text.length);
    }
    end.collapse(true);
    this.#setPlace(end);
  }

  /** Ends the current undo step: every new selection does. */
  #seal(): void {
    const selection = this.#focused ? this.#selection() : undefined;
    if (selection) select(this.element, selection);
  }
}

function same(a: AbstractRange, b: AbstractRange): boolean {
  return (
    a.startContainer === b.startContainer &&
    a.startOffset === b.startOffset &&
    a.endContainer === b.endContainer &&
    a.endOffset === b.endOffset
  );
}

/** The end of the content, in the innermost last node that is not a `<br>`. */
function endOf(element: HTMLElement): Range {
  let node: Node = element;
  while (node.lastChild && !(node.lastChild instanceof HTMLBRElement)) node = node.lastChild;
  const range = rangeOver(node);
  range.collapse(false);
  return range;
}

function rangeOver(node: Node): Range {
  const range = (node.ownerDocument ?? document).createRange();
  range.selectNodeContents(node);
  return range;
}

/** The closest block around `node`, at most `field`. */
function blockOf(node: Node, field: HTMLElement): Node {
  for (let block: Node | null = node; block; block = block.parentNode) {
    if (block === field) return field;
    if (block instanceof Element && !getComputedStyle(block).display.startsWith('inline')) return block;
  }
  return field;
}

function textOf(range: Range): string {
  const part = range.cloneContents();
  for (const br of part.querySelectorAll('br')) br.replaceWith('\n');
  return part.textContent;
}
