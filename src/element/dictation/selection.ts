/** Reads and sets the selection around a field, in a document or in a shadow root. */
import { isShadowRoot } from '../nodes.js';

/** Chromium only: the selection inside one shadow root. */
type SelectableRoot = ShadowRoot & { getSelection?: () => Selection | null };

/** `getComposedRanges` in different browser versions: missing, with the roots as arguments, or with an options object. */
interface Composed {
  getComposedRanges?(first: object): readonly StaticRange[];
}

/** The first range of the selection, with its actual boundary points even if `element` is in a shadow root. */
export function selectedRange(element: HTMLElement): AbstractRange | undefined {
  const root = element.getRootNode();
  const selection = selectionFor(element);
  // Chromium before 137 exposes a selection in a shadow root through the root, Firefox before 142 through the document.
  const range = isShadowRoot(root) && selection ? composedRange(selection, root) : undefined;
  return range ?? (selection && selection.rangeCount > 0 ? selection.getRangeAt(0) : undefined);
}

/** Selects `range`, which is in the same document or shadow root as `element`. */
export function select(element: HTMLElement, range: AbstractRange): void {
  const { startContainer, startOffset, endContainer, endOffset } = range;
  selectionFor(element)?.setBaseAndExtent(startContainer, startOffset, endContainer, endOffset);
}

/** In a shadow root, Chromium selects through the root only. */
function selectionFor(element: HTMLElement): Selection | null {
  const root = element.getRootNode() as SelectableRoot;
  return root.getSelection?.() ?? element.ownerDocument.getSelection();
}

function composedRange(selection: Composed, root: ShadowRoot): AbstractRange | undefined {
  try {
    return selection.getComposedRanges?.({ shadowRoots: [root] })[0];
  } catch (cause) {
    // Safari 17 accepts only the roots, as arguments.
    if (!(cause instanceof TypeError)) throw cause;
    return selection.getComposedRanges?.(root)[0];
  }
}
