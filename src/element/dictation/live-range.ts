/** A range that moves with the text of its field, also where an editor draws the nodes again. */
import { isText } from '../nodes.js';
import { moved, type Splice } from './splice.js';

/** Where a range was last: after its nodes are removed, the browser's range is elsewhere. */
interface Known {
  readonly nodes: readonly [Node, Node];
  /** The start's offset in its node. */
  readonly inNode: number;
  /** The offsets of both ends in the text of the field. */
  readonly from: number;
  readonly to: number;
}

export class LiveRange {
  readonly #field: HTMLElement;
  /** The browser moves it with every change of its nodes. */
  #range: Range;
  #known: Known;

  constructor(field: HTMLElement, range: AbstractRange) {
    this.#field = field;
    this.#range = copyOf(range);
    this.#known = this.#measured();
  }

  get range(): Range {
    return this.#range;
  }

  /**
   * To be called after an editor may have drawn.
   * @param splice how the text has changed; undefined if it has not
   * @param caret the selection, which is preferred among the places with the same offset, such as an empty paragraph
   */
  follow(splice: Splice | undefined, caret: AbstractRange | undefined): void {
    if (this.isLost) {
      const [from = 0, to = 0] = [this.#known.from, this.#known.to].map((at) => (splice ? moved(at, splice) : at));
      const atCaret = caret && from === to && offsetOf(this.#field, caret.startContainer, caret.startOffset) === from;
      this.#range = copyOf(atCaret ? caret : rangeBetween(this.#field, from, to));
    }
    this.#known = this.#measured();
  }

  /** Whether an editor has replaced the nodes, or the whole text of one, which sets the browser's range to its start. */
  get isLost(): boolean {
    const { startContainer, startOffset, endContainer } = this.#range;
    const { nodes, inNode } = this.#known;
    if (startContainer !== nodes[0] || endContainer !== nodes[1]) return true;
    if (!this.#field.contains(startContainer) || !this.#field.contains(endContainer)) return true;
    return startOffset === 0 && inNode > 0 && isText(startContainer);
  }

  #measured(): Known {
    const { startContainer, startOffset, endContainer, endOffset, collapsed } = this.#range;
    const from = offsetOf(this.#field, startContainer, startOffset);
    const to = collapsed ? from : offsetOf(this.#field, endContainer, endOffset);
    return { nodes: [startContainer, endContainer], inNode: startOffset, from, to };
  }
}

/** How much text of `field` is before a boundary point in it. */
export function offsetOf(field: Node, node: Node, offset: number): number {
  const range = rangeOver(field);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** The range between two offsets in the text of `field`, in text nodes where there are any. */
export function rangeBetween(field: Node, from: number, to: number): Range {
  const range = rangeOver(field);
  const texts = (field.ownerDocument ?? document).createTreeWalker(field, NodeFilter.SHOW_TEXT);
  let passed = 0;
  let started = false;
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    const end = passed + text.length;
    if (!started && from <= end) {
      range.setStart(text, from - passed);
      started = true;
    }
    if (started && to <= end) {
      range.setEnd(text, to - passed);
      return range;
    }
    passed = end;
  }
  range.collapse(false); // the text has become shorter
  return range;
}

/** All of `node`. */
export function rangeOver(node: Node): Range {
  const range = (node.ownerDocument ?? document).createRange();
  range.selectNodeContents(node);
  return range;
}

/** A range that the browser moves with its nodes. */
function copyOf({ startContainer, startOffset, endContainer, endOffset }: AbstractRange): Range {
  const range = (startContainer.ownerDocument ?? document).createRange();
  range.setStart(startContainer, startOffset);
  range.setEnd(endContainer, endOffset);
  return range;
}
