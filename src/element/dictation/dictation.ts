/** One stream's words on their way into a field. */
import type { Utterance } from '../../client/transcript.js';
import { SttError } from '../../errors.js';
import { preferredLanguages } from '../strings/language.js';
import { nameOf, refusal } from './aim.js';
import type { Field } from './field.js';
import { spaced, type Capitals, type Manner } from './spacing.js';

export interface DictationHandlers {
  /** The visitor wants no more. */
  readonly stop: () => void;
  /** The words can go into the field no longer. */
  readonly failed: (error: SttError) => void;
}

/**
 * Writes each word once it is whole: an unfinished one still changes, and a field is no place to rewrite in. Nothing of
 * it is heard from after `close`.
 */
export class Dictation {
  readonly #field: Field;
  readonly #handlers: DictationHandlers;
  readonly #controller = new AbortController();
  /** Which utterance, and how many of its words are on their way. */
  #utterance = { id: 0, words: 0 };
  /** Words that wait for the visitor to finish composing a character; `undefined` ends an utterance. */
  readonly #waiting: (string | undefined)[] = [];
  #inUtterance = false;
  #composing = false;
  #writing = false;

  constructor(field: Field, handlers: DictationHandlers) {
    this.#field = field;
    this.#handlers = handlers;
    this.#listen(field.element);
    this.#watch(field.element);
  }

  hear({ id, words, isFinal }: Utterance): void {
    if (this.#controller.signal.aborted) return;
    const written = id === this.#utterance.id ? this.#utterance.words : 0;
    this.#utterance = { id, words: words.length };
    this.#waiting.push(...words.slice(written).map(({ text }) => text));
    if (isFinal) this.#waiting.push(undefined);
    this.#write();
  }

  close(): void {
    if (this.#controller.signal.aborted) return;
    this.#composing = false;
    this.#write();
    this.#controller.abort();
    this.#field.close();
  }

  #write(): void {
    while (this.#waiting.length > 0 && !this.#composing && !this.#controller.signal.aborted) {
      const word = this.#waiting.shift();
      if (word === undefined) {
        if (this.#inUtterance) this.#field.end();
        this.#inUtterance = false;
      } else this.#writeWord(word);
    }
  }

  #writeWord(word: string): void {
    const { element } = this.#field;
    const reason = refusal(element);
    if (reason) return this.#fail('field-unavailable', reason);
    this.#writing = true;
    try {
      if (!this.#inUtterance) this.#field.begin();
      this.#inUtterance = true;
      const { text, eat } = spaced(word, this.#field.around(), mannerOf(element));
      if (!this.#field.write(text, eat))
        this.#fail('field-full', `${nameOf(element)} has no room for ${JSON.stringify(word)}`);
    } finally {
      this.#writing = false;
    }
  }

  #fail(code: 'field-full' | 'field-unavailable', message: string): void {
    this.#controller.abort();
    this.#handlers.failed(new SttError(code, message));
  }

  #listen(element: HTMLElement): void {
    const { signal } = this.#controller;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
    ): void => element.addEventListener(type, listener, { signal });
    on('beforeinput', ({ isComposing }) => {
      // Selecting anew would end the composition.
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
    on('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || isOfComposition(event)) return;
      event.preventDefault();
      this.#handlers.stop();
    });
  }

  /** Notices at once that the field is gone, and not only at the next word. */
  #watch(element: HTMLElement): void {
    const observer = new MutationObserver(() => {
      const reason = refusal(element);
      if (reason) this.#fail('field-unavailable', reason);
    });
    for (let root: Node = element.getRootNode(); ; root = root.host.getRootNode()) {
      observer.observe(root, { childList: true, subtree: true });
      if (!(root instanceof ShadowRoot)) break;
    }
    observer.observe(element, { attributeFilter: ['disabled', 'readonly', 'contenteditable'] });
    this.#controller.signal.addEventListener('abort', () => observer.disconnect());
  }
}

/** The code of every key that an input method takes. Marked as old, and the only sign in Safari: see below. */
const COMPOSITION_KEY_CODE = 229;

/** Safari fires the key that ends a composition after `compositionend`, with `isComposing` false. */
function isOfComposition(event: KeyboardEvent): boolean {
  const { keyCode }: { readonly keyCode: number } = event;
  return event.isComposing || keyCode === COMPOSITION_KEY_CODE;
}

const CAPITALS: Readonly<Record<string, Capitals>> = {
  off: 'none',
  none: 'none',
  on: 'sentences',
  sentences: 'sentences',
  words: 'words',
  characters: 'characters',
};

/** The field's language is that of the page around it; it says itself what it wants to be capitalised. */
function mannerOf(element: HTMLElement): Manner {
  const [language = ''] = preferredLanguages(element);
  const plain = element instanceof HTMLInputElement && ['url', 'tel'].includes(element.type);
  return {
    french: /^fr(-|$)/i.test(language),
    capitals: CAPITALS[autocapitalizeOf(element)] ?? (plain ? 'none' : 'sentences'),
  };
}

/** From the attributes, the field's own or its form's: Safari has the property on phones only. */
function autocapitalizeOf(element: HTMLElement): string {
  const isInForm = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
  const own = element.getAttribute('autocapitalize') ?? '';
  return (own || (isInForm && element.form?.getAttribute('autocapitalize')) || '').toLowerCase();
}
