/** Types a word into a field, with exactly one `beforeinput` and one `input` event in every browser. */

/** One word's way into a field. */
export interface Typing {
  readonly element: HTMLElement;
  readonly text: string;
  /** Whether the browser can type: only into the focused field. */
  readonly isFocused: boolean;
  /** Whether the browser fires `beforeinput` for `execCommand` itself. */
  readonly browserAsks: boolean;
  /** Selects what the word replaces, unless that is selected already: every new selection ends an undo step. */
  select(): void;
  /** Whether exactly that is selected. */
  isSelected(): boolean;
  /** What the word replaces, for editors that do their own insertion; empty for text controls. */
  targetRanges(): StaticRange[];
  /** Writes the word by script; the browser cannot undo that. */
  insert(): void;
}

/** `refused`: the page cancelled `beforeinput`. `inserted`: by script, and so without undo. */
export type Outcome = 'typed' | 'inserted' | 'refused';

/** Missing from the DOM library as deprecated, but in every browser, and without a successor. */
interface Commands {
  execCommand(command: 'insertText', showUi: false, text: string): boolean;
}

/**
 * Where the browser fires its own `beforeinput` it is the only one: it carries target ranges, is trusted, and cancelling it
 * cancels the edit. Elsewhere ours comes first.
 */
export function typeInto(typing: Typing): Outcome {
  const { element, text, isFocused, browserAsks } = typing;
  if (isFocused) typing.select();
  const isAskedByBrowser = isFocused && browserAsks;
  if (!isAskedByBrowser && !mayType(typing)) return 'refused';
  if (isFocused) {
    if (!isAskedByBrowser) typing.select(); // a listener may have edited the field, or moved the caret
    const typed = isAskedByBrowser ? command(element, text) : unasked(element, () => command(element, text));
    // A cancelled command reports success, but leaves the selection as it was.
    if (typed) return isAskedByBrowser && typing.isSelected() ? 'refused' : 'typed';
    if (isAskedByBrowser && !mayType(typing)) return 'refused';
  }
  typing.insert();
  element.dispatchEvent(new InputEvent('input', { ...eventInit(text), cancelable: false }));
  return 'inserted';
}

/** Fires `beforeinput`. False where the page cancels it, to keep the word out or to write it itself. */
export function mayType({ element, text, targetRanges }: Pick<Typing, 'element' | 'text' | 'targetRanges'>): boolean {
  return element.dispatchEvent(new InputEvent('beforeinput', { ...eventInit(text), targetRanges: targetRanges() }));
}

function eventInit(text: string): InputEventInit {
  return { data: text, inputType: 'insertText', bubbles: true, cancelable: true, composed: true };
}

/** The only way to write that the browser can undo. False where it did nothing. */
function command(element: HTMLElement, text: string): boolean {
  const page: Commands = element.ownerDocument;
  return page.execCommand('insertText', false, text);
}

/** Runs `work` without the browser's own `beforeinput`: the page has been asked. */
function unasked<T>({ ownerDocument: { defaultView } }: HTMLElement, work: () => T): T {
  const stop = (event: Event): void => {
    if (event.isTrusted) event.stopImmediatePropagation();
  };
  defaultView?.addEventListener('beforeinput', stop, true);
  try {
    return work();
  } finally {
    defaultView?.removeEventListener('beforeinput', stop, true);
  }
}

let known: boolean | undefined;

/**
 * Whether the browser fires `beforeinput` for `execCommand`: WebKit does, Chromium and Firefox do not. Tried once, in a frame
 * that is removed at once, because trying it in a field would move the focus.
 *
 * @param root where the frame is placed for a moment; a shadow root hides it from the page's mutation observers
 */
export function browserAsks(root: ParentNode & Node): boolean {
  known ??= tryCommand(root);
  return known ?? false;
}

/** Undefined where the frame's document cannot be reached, as in a sandbox. */
export function tryCommand(root: ParentNode & Node): boolean | undefined {
  const frame = document.createElement('iframe');
  // A frame without a layout has no editing commands.
  frame.style.cssText = 'position: absolute; inline-size: 0; block-size: 0; border: 0; visibility: hidden';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  root.append(frame);
  try {
    const inside = frame.contentDocument;
    if (!inside?.body) return undefined;
    let asked = false;
    inside.addEventListener('beforeinput', () => (asked = true));
    inside.body.contentEditable = 'true';
    inside.getSelection()?.collapse(inside.body, 0);
    return command(inside.body, 'x') ? asked : undefined;
  } finally {
    frame.remove();
  }
}
