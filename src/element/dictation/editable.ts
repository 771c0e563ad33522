/** A contenteditable element that is dictated into. */
import type { Field } from './field.js';
import type { Surroundings } from './spacing.js';
import { select, selectedRange } from './selection.js';
import { typeInto } from './typing.js';

export class Editable implements Field {
  readonly element: HTMLElement;
  readonly #browserAsks: boolean;
  /** What the next word replaces. Live: the browser moves it with every change of the text. */
  #place: Range;
  /** The nodes the place was last set in. An editor that draws its text anew leaves the place in none of them. */
  #set: readonly [Node, Node];
  /** The selection that an edit or a word left behind. */
  #rest: Range;
  #atPlace = false;
  #typed = false;
  #wrote = false;

  constructor(element: HTMLElement, browserAsks: boolean) {
    this.element = element;
    this.#browserAsks = browserAsks;
    const selection = this.#selection();
    const wanted = this.#focused ? selection : undefined;
    this.#place = wanted ?? endOf(element);
    this.#set = [this.#place.startContainer, this.#place.endContainer];
    if (!wanted) select(this.element, this.#place);
    this.#rest = this.#place.cloneRange();
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
    if (selection && !same(selection, this.#rest)) this.#put(selection);
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
      browserAsks: this.#browserAsks,
      targetRanges: () => [new StaticRange(this.#place)],
      select: () => {
        this.#find();
        replaced = new StaticRange(this.#place);
        const selection = this.#selection();
        // Selecting even what is selected would break the utterance into steps.
        if (!selection || !same(selection, replaced)) select(this.element, replaced);
      },
      isSelected: () => this.#isSelected(replaced),
      insert: () => this.#insert(text),
    });
    const caret = this.#selection();
    const untouched = outcome === 'refused' && this.#isSelected(replaced);
    if (outcome === 'refused') this.#place = place;
    // The place goes on behind the word, whether the browser wrote it or an editor that refused.
    if (caret && !untouched && outcome !== 'inserted') this.#put(caret);
    if (kept && (away || untouched) && !(caret && same(caret, kept))) select(this.element, kept);
    if (!away) this.#rest = (this.#selection() ?? this.#place).cloneRange();
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
    // A live range stays before what is typed right at it; the words go on after it.
    if (this.#atPlace && selection) this.#put(selection);
    this.#atPlace = false;
    if (selection) this.#rest = selection.cloneRange();
    this.#typed = true;
  }

  end(): void {
    this.#seal();
  }

  /** Editable elements tell of no change. */
  close(): void {
    this.#atPlace = false;
  }

  get #focused(): boolean {
    return this.element.closest('[contenteditable]:focus, [contenteditable]:focus-within') !== null;
  }

  /** A live copy of the selection, where it is in the field. */
  #selection(): Range | undefined {
    const range = selectedRange(this.element);
    if (!range || !this.element.contains(range.startContainer) || !this.element.contains(range.endContainer)) return;
    const live = this.element.ownerDocument.createRange();
    live.setStart(range.startContainer, range.startOffset);
    live.setEnd(range.endContainer, range.endOffset);
    return live;
  }

  #put(place: Range): void {
    this.#place = place.cloneRange();
    this.#set = [place.startContainer, place.endContainer];
  }

  /** Whoever drew the text anew has put the caret where it belongs; where there is none, words go to the end. */
  #find(): void {
    const { startContainer, endContainer } = this.#place;
    const kept = startContainer === this.#set[0] && endContainer === this.#set[1];
    if (kept && this.element.contains(startContainer)) return;
    const caret = this.#selection();
    // In no paragraph: it is there because the one it was in is gone.
    const isLost = caret?.startContainer === this.element && caret.startOffset === 0;
    this.#put(caret && !isLost ? caret : endOf(this.element));
  }

  #isSelected(range: StaticRange): boolean {
    const selection = this.#selection();
    return selection !== undefined && same(selection, range);
  }

  /** While the focus is elsewhere. Nothing can undo it. */
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
    this.#put(end);
  }

  /** Selecting anew ends what is undone in one go. */
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

/** After the last letter, in the innermost element that holds it. */
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

/** The element whose text is one paragraph with `node`'s. */
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
