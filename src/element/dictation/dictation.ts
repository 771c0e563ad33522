/** Writes the words of one stream into a field. */
import type { Utterance } from '../../client/transcript.js';
import { SttError } from '../../errors.js';
import { isHtml, isShadowRoot, nameOf } from '../nodes.js';
import { preferredLanguages, primaryLanguage } from '../strings/language.js';
import { refusal } from './aim.js';
import type { Field } from './field.js';
import { spaced, type Capitals, type SpacingRules } from './spacing.js';

export interface DictationHandlers {
  /** The visitor pressed Escape, and nothing above the field uses the key. */
  readonly stop: () => void;
  /** The field is full or no longer writable. */
  readonly failed: (error: SttError) => void;
}

/**
 * Writes a word only when it is complete, because an unfinished word still changes. Calls no handler after `close`; where an
 * editor draws late, the last words follow.
 */
export class Dictation {
  readonly #field: Field;
  readonly #handlers: DictationHandlers;
  readonly #controller = new AbortController();
  /** The current utterance, and how many of its words have been queued. */
  #utterance = { id: 0, words: 0 };
  /** Words that wait for the end of a composition; `undefined` ends an utterance. */
  readonly #waiting: (string | undefined)[] = [];
  #inUtterance = false;
  #composing = false;
  #writing = false;
  #closed = false;

  constructor(field: Field, handlers: DictationHandlers) {
    this.#field = field;
    this.#handlers = handlers;
    this.#listen(field.element);
    this.#watch(field.element);
  }

  /** Writes the words that were added to `utterance` since the last call. */
  update({ id, words, isFinal, speaker }: Utterance): void {
    if (this.#closed || this.#controller.signal.aborted) return;
    // Utterances of several lanes grow side by side, and a field has one end: each is written when it is complete.
    if (speaker && !isFinal) return;
    const written = id === this.#utterance.id ? this.#utterance.words : 0;
    this.#utterance = { id, words: words.length };
    if (speaker && words.length > 0) this.#waiting.push(`${speaker}:`);
    this.#waiting.push(...words.slice(written).map(({ text }) => text));
    if (isFinal) this.#waiting.push(undefined);
    this.#write();
  }

  close(): void {
    if (this.#closed || this.#controller.signal.aborted) return;
    this.#composing = false;
    this.#write();
    this.#closed = true;
    this.#finish();
  }

  #write(): void {
    while (this.#waiting.length > 0 && !this.#composing && !this.#writing && !this.#controller.signal.aborted) {
      const word = this.#waiting.shift();
      if (word === undefined) {
        if (this.#inUtterance) this.#field.end();
        this.#inUtterance = false;
      } else this.#writeWord(word);
    }
  }

  /** Ends the dictation if it is closed and all is written. */
  #finish(): void {
    if (!this.#closed || this.#writing || this.#controller.signal.aborted) return;
    this.#controller.abort();
    this.#field.close();
  }

  #writeWord(word: string): void {
    const { element } = this.#field;
    const reason = refusal(element);
    if (reason) return this.#fail('field-unavailable', reason);
    this.#writing = true;
    try {
      if (!this.#inUtterance) this.#field.begin();
      this.#inUtterance = true;
      const { text, eat } = spaced(word, this.#field.around(), spacingRulesOf(element));
      if (!this.#field.write(text, eat))
        this.#fail('field-full', `${nameOf(element)} has no room for ${JSON.stringify(word)}`);
    } finally {
      this.#writing = this.#field.settling !== undefined;
    }
    void this.#field.settling?.then(() => {
      this.#writing = false;
      this.#write();
      this.#finish();
    });
  }

  #fail(code: 'field-full' | 'field-unavailable', message: string): void {
    this.#controller.abort();
    if (!this.#closed) this.#handlers.failed(new SttError(code, message));
  }

  #listen(element: HTMLElement): void {
    const { signal } = this.#controller;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
    ): void => element.addEventListener(type, listener, { signal });
    on('beforeinput', ({ isComposing }) => {
      // Changing the selection would end the composition.
      if (!this.#writing && !isComposing) this.#field.editing();
    });
    on('input', () => {
      if (!this.#writing) this.#field.edited();
    });
    on('compositionstart', () => (this.#composing = true));
    on('compositionend', () => {
      this.#composing = false;
      // Safari and Firefox fire the `input` event of the composed text later, in the same task.
      setTimeout(() => this.#write());
    });
    // Before the editors in the field: some prevent Escape always, others leave the field.
    const onKeydown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented || isOfComposition(event)) return;
      if (this.#closed || this.#composing || hasPopup(element)) return;
      event.preventDefault();
      event.stopPropagation();
      this.#handlers.stop();
    };
    element.addEventListener('keydown', onKeydown, { capture: true, signal });
  }

  /** Reports a field that is no longer writable immediately, not only with the next word. */
  #watch(element: HTMLElement): void {
    const observer = new MutationObserver(() => {
      const reason = refusal(element);
      if (reason) this.#fail('field-unavailable', reason);
    });
    for (let root = element.getRootNode(); ; root = root.host.getRootNode()) {
      observer.observe(root, { childList: true, subtree: true });
      if (!isShadowRoot(root)) break;
    }
    observer.observe(element, { attributeFilter: ['disabled', 'readonly', 'contenteditable'] });
    this.#controller.signal.addEventListener('abort', () => observer.disconnect());
  }
}

/** The keyCode of keys handled by an input method. Deprecated, but the only sign in Safari. */
const COMPOSITION_KEY_CODE = 229;

/** Safari fires the key that ends a composition after `compositionend`, with `isComposing` false. */
function isOfComposition(event: KeyboardEvent): boolean {
  const { keyCode }: { readonly keyCode: number } = event;
  return event.isComposing || keyCode === COMPOSITION_KEY_CODE;
}

/** Whether Escape would close something that the page shows for the field: a list of suggestions, or a popover. */
function hasPopup(element: HTMLElement): boolean {
  if (element.ariaExpanded === 'true') return true;
  const open = element.ownerDocument.querySelectorAll<HTMLElement>(':popover-open:not([popover="manual" i])');
  return [...open].some((popover) => !popover.contains(element));
}

const CAPITALS: Readonly<Record<string, Capitals>> = {
  off: 'none',
  none: 'none',
  on: 'sentences',
  sentences: 'sentences',
  words: 'words',
  characters: 'characters',
};

/** From the language around the field and its `autocapitalize`. */
function spacingRulesOf(element: HTMLElement): SpacingRules {
  const [language = ''] = preferredLanguages(element);
  const plain = isHtml(element, 'input') && ['url', 'tel'].includes(element.type);
  return {
    french: primaryLanguage(language) === 'fr',
    capitals: CAPITALS[autocapitalizeOf(element)] ?? (plain ? 'none' : 'sentences'),
  };
}

/** From the attribute of the field or its form: Safari has the property only on phones. */
function autocapitalizeOf(element: HTMLElement): string {
  const own = element.getAttribute('autocapitalize') ?? '';
  return (
    own ||
    (isHtml(element, 'input', 'textarea') && element.form?.getAttribute('autocapitalize')) ||
    ''
  ).toLowerCase();
}
