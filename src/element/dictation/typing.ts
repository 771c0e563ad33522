/** Types a word into a field, with exactly one `beforeinput` and one `input` event in every browser. */

/** What a keyboard could do: by the browser's command for it, its `inputType`. */
const INPUT_TYPES = {
  insertText: 'insertText',
  insertParagraph: 'insertParagraph',
  delete: 'deleteContentBackward',
} as const;

export type EditingCommand = keyof typeof INPUT_TYPES;

/** A word to type, and how to select and insert in its field. */
export interface Typing {
  readonly element: HTMLElement;
  readonly command?: EditingCommand;
  /** Empty with other commands than `insertText`. */
  readonly text: string;
  /** Whether the field has the focus. The browser can type only into the focused field. */
  readonly isFocused: boolean;
  /** Whether the browser fires `beforeinput` for `execCommand`. */
  readonly firesBeforeInput: boolean;
  /** Selects what the word replaces, unless it is already selected: every new selection ends an undo step. */
  select(): void;
  /** Whether the selection is exactly what `select` selected. */
  isSelected(): boolean;
  /** What the word replaces, for editors that insert the text themselves; empty for text controls. */
  targetRanges(): StaticRange[];
  /** Writes the word by script, which the browser cannot undo. */
  insert(): void;
}

/** `refused`: the page cancelled `beforeinput`. `inserted`: written by script, without undo. */
export type Outcome = 'typed' | 'inserted' | 'refused';

/** Deprecated and missing from TypeScript's DOM types, but supported by every browser and without a replacement. */
interface Commands {
  execCommand(command: EditingCommand, showUi: false, text: string): boolean;
}

/**
 * Types a word. If the browser fires `beforeinput` itself, we fire none: the browser's event is trusted, has target ranges,
 * and cancels the edit if it is cancelled. Otherwise we fire `beforeinput` first.
 */
export function typeInto(typing: Typing): Outcome {
  const { element, isFocused, firesBeforeInput } = typing;
  if (isFocused) typing.select();
  const browserFires = isFocused && firesBeforeInput;
  if (!browserFires && !mayType(typing)) return 'refused';
  if (isFocused) {
    if (!browserFires) typing.select(); // a listener may have edited the field or moved the caret
    const typed = browserFires ? execute(typing) : withoutBeforeInput(element, () => execute(typing));
    // A cancelled command reports success, but does not change the selection.
    if (typed) return browserFires && typing.isSelected() ? 'refused' : 'typed';
    if (browserFires && !mayType(typing)) return 'refused';
  }
  typing.insert();
  element.dispatchEvent(new InputEvent('input', { ...eventInit(typing), cancelable: false }));
  return 'inserted';
}

/** Fires `beforeinput`. @returns false if the page cancels it, to reject the word or to write it itself */
export function mayType(typing: Pick<Typing, 'element' | 'command' | 'text' | 'targetRanges'>): boolean {
  const init = { ...eventInit(typing), targetRanges: typing.targetRanges() };
  return typing.element.dispatchEvent(new InputEvent('beforeinput', init));
}

function eventInit({ command = 'insertText', text }: Pick<Typing, 'command' | 'text'>): InputEventInit {
  const data = command === 'insertText' ? text : null;
  return { data, inputType: INPUT_TYPES[command], bubbles: true, cancelable: true, composed: true };
}

/** Types; the only way to write that the browser can undo. @returns false if nothing was written */
function execute({ element, command = 'insertText', text }: Pick<Typing, 'element' | 'command' | 'text'>): boolean {
  const page: Commands = element.ownerDocument;
  return page.execCommand(command, false, text);
}

/** Runs `work` and suppresses the browser's `beforeinput`, because the page has already received ours. */
function withoutBeforeInput<T>({ ownerDocument: { defaultView } }: HTMLElement, work: () => T): T {
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
 * Whether the browser fires `beforeinput` for `execCommand`: WebKit does, Chromium and Firefox do not. Tested once, in a
 * temporary frame, because a test in a field would move the focus.
 *
 * @param root parent of the temporary frame; a shadow root hides it from the page's mutation observers
 */
export function firesBeforeInput(root: ParentNode & Node): boolean {
  known ??= tryCommand(root);
  return known ?? false;
}

/** The uncached test. Undefined if the frame's document is not accessible, as in a sandbox. */
export function tryCommand(root: ParentNode & Node): boolean | undefined {
  const frame = document.createElement('iframe');
  // Editing commands need a frame with a layout.
  frame.style.cssText = 'position: absolute; inline-size: 0; block-size: 0; border: 0; visibility: hidden';
  frame.tabIndex = -1;
  frame.ariaHidden = 'true';
  root.append(frame);
  try {
    const inside = frame.contentDocument;
    if (!inside?.body) return undefined;
    let fired = false;
    inside.addEventListener('beforeinput', () => (fired = true));
    inside.body.contentEditable = 'true';
    inside.getSelection()?.collapse(inside.body, 0);
    return execute({ element: inside.body, text: 'x' }) ? fired : undefined;
  } finally {
    frame.remove();
  }
}
