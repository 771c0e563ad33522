/** Writes the words of one stream into a field. */
import type { Utterance } from '../../client/transcript.js';
import { SttError } from '../../errors.js';
import type { FieldEdit } from '../hands-free/port.js';
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
  #utterance = { id: 0, words: 0, isFinal: false };
  /** Words and edits that wait for the end of a composition; `undefined` ends an utterance. */
  readonly #waiting: (string | FieldEdit | undefined)[] = [];
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
    // A command or the visitor has changed an earlier utterance; `edit` does what a command does in the field.
    if (!speaker && id < this.#utterance.id) return;
    if (id === this.#utterance.id && this.#utterance.isFinal) return;
    const written = id === this.#utterance.id ? this.#utterance.words : 0;
    this.#utterance = { id, words: words.length, isFinal };
    if (speaker && words.length > 0) this.#waiting.push(`${speaker}:`);
    this.#waiting.push(...words.slice(written).map(({ text }) => text));
    if (isFinal) this.#waiting.push(undefined);
    this.#write();
  }

  /** Does what a spoken command does, after the words so far. */
  edit(edit: FieldEdit): void {
    if (this.#closed || this.#controller.signal.aborted) return;
    this.#waiting.push(edit);
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
      const next = this.#waiting.shift();
      if (next === undefined) this.#endUtterance();
      else this.#change(() => (typeof next === 'string' ? this.#writeWord(next) : this.#edit(next)));
    }
  }

  #endUtterance(): void {
    if (this.#inUtterance) this.#field.end();
    this.#inUtterance = false;
  }

  /** Ends the dictation if it is closed and all is written. */
  #finish(): void {
    if (!this.#closed || this.#writing || this.#controller.signal.aborted) return;
    this.#controller.abort();
    this.#field.close();
  }

  /** Changes the field, and waits until an editor has drawn the change. */
  #change(change: () => void): void {
    const reason = refusal(this.#field.element);
    if (reason) return this.#fail('field-unavailable', reason);
    this.#writing = true;
    try {
      change();
    } finally {
      this.#writing = this.#field.settling !== undefined;
    }
    void this.#field.settling?.then(() => {
      this.#writing = false;
      this.#write();
      this.#finish();
    });
  }

  #writeWord(word: string): void {
    const field = this.#field;
    if (!this.#inUtterance) field.begin();
    this.#inUtterance = true;
    const { text, eat } = spaced(word, field.around(), spacingRulesOf(field.element));
    this.#insert(text, eat);
  }

  #insert(text: string, eat: number): void {
    const field = this.#field;
    if (!field.write(text, eat))
      this.#fail('field-full', `${nameOf(field.element)} has no room for ${JSON.stringify(text.trim())}`);
  }

  #edit(edit: FieldEdit): void {
    if ('scratch' in edit) {
      this.#endUtterance();
      this.#field.erase();
    } else if (/^\n+$/.test(edit.text)) {
      this.#endUtterance();
      this.#breakLines(edit.text.length);
    } else this.#writeSign(edit.text.trim());
  }

  #breakLines(lines: number): void {
    this.#field.begin();
    this.#field.breakLine();
    this.#field.end();
    if (lines > 1) this.#waiting.unshift({ text: '\n'.repeat(lines - 1) });
  }

  /** Replaces the sign that the model wrote there. */
  #writeSign(sign: string): void {
    const field = this.#field;
    if (!this.#inUtterance) field.begin(true);
    const { before, after } = field.around();
    const signs = SIGNS.exec(field.lastWritten)?.[0].length ?? 0;
    const around = { before: before.slice(0, before.length - signs), after };
    const { text, eat } = spaced(sign, around, spacingRulesOf(field.element));
    this.#insert(text, signs + eat);
    if (!this.#inUtterance) field.end();
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

/** What the model writes at the end of a word. */
const SIGNS = /[\s\u00a0\u202f]*[,.;:!?…]+$/u;

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
