/** Form association: the transcript is the element's form value, as typed text is the value of a textarea. */
import type { ReactiveController, ReactiveElement } from 'lit';
import type { Utterance } from '../../client/transcript.js';
import { emitFormEvent } from '../events.js';
import type { StateName } from '../status.js';
import { preferredLanguages, stringsFor } from '../strings/language.js';
import type { StringOverrides } from '../strings/strings.js';

/** The properties of the element that its form value depends on. */
interface FormValueHost extends ReactiveElement {
  readonly transcript: string;
  readonly utterances: readonly Utterance[];
  readonly state: StateName;
  readonly required: boolean;
  readonly disabled: boolean;
  readonly strings: StringOverrides;
  abort(): void;
}

interface FormValueOptions {
  /** Whether the words are written into another field, whose form value they are then. */
  dictates(): boolean;
  /** Makes `text` the transcript. */
  replace(text: string): void;
}

/**
 * There is no `defaultValue`: the transcript is empty when a page begins, so a reset empties it. Only the buttons of the
 * form submit it: the visitor should read a transcript before it is sent.
 */
export class FormValueController implements ReactiveController {
  readonly #host: FormValueHost;
  readonly #internals: ElementInternals;
  readonly #options: FormValueOptions;
  #fieldsetDisabled = false;
  #customMessage = '';
  /** What `setValidity` was last called with, as JSON. */
  #validity = '';
  #dictates: boolean | undefined;
  /** What the form value was made of. */
  #utterances: readonly Utterance[] = [];
  /** The value at the last event of each type. */
  #emitted = { input: '', change: '' };

  constructor(host: FormValueHost, internals: ElementInternals, options: FormValueOptions) {
    this.#host = host;
    this.#internals = internals;
    this.#options = options;
    host.addController(this);
    const isOwn = (event: Event): boolean => event.target === host && !options.dictates();
    // Added before the page's listeners, so that they find the value in the form.
    host.addEventListener('start', (event) => isOwn(event) && (this.#emitted.input = this.value));
    host.addEventListener('transcript', (event) => isOwn(event) && this.#emit('input'));
    host.addEventListener('end', (event) => isOwn(event) && this.#emit('change'));
    // The browser dispatches a click on a label as a click on the element itself.
    host.addEventListener('click', (event) => {
      if (event.composedPath()[0] === host && !this.isDisabled) host.focus();
    });
  }

  get value(): string {
    return this.#options.dictates() ? '' : this.#host.transcript;
  }

  set value(text: string) {
    const lines = text.replace(/\r\n?/g, '\n');
    const replaced = this.#isActive && lines !== '';
    // A framework may set an earlier value late, when more words have been transcribed already.
    if (replaced && this.value.startsWith(lines)) return;
    this.#replace(lines);
    if (replaced) this.#host.abort();
  }

  /** By its own property or by a <fieldset>. */
  get isDisabled(): boolean {
    return this.#host.disabled || this.#fieldsetDisabled;
  }

  /** The element's internals, with their validity up to date. */
  get validated(): ElementInternals {
    this.#validate();
    return this.#internals;
  }

  /** Makes the element invalid with this message; an empty one makes it valid again. */
  setCustomValidity(message: string): void {
    this.#customMessage = message;
    this.#validate();
  }

  setFieldsetDisabled(disabled: boolean): void {
    this.#fieldsetDisabled = disabled;
    this.#host.requestUpdate();
  }

  /** Empties the value. A running stream ends without its last words, so that none are added to the empty form. */
  reset(): void {
    const wasActive = this.#isActive;
    this.#replace('');
    if (wasActive) this.#host.abort();
  }

  /** Takes the value that the browser saved or autofilled. It has no times. */
  restore(state: string | File | FormData | null): void {
    if (typeof state === 'string' && !this.#isActive) this.#replace(state);
  }

  /** Updates the form value if the words have changed. */
  transcriptChanged(): void {
    const { utterances } = this.#host;
    if (utterances === this.#utterances) return;
    this.#utterances = utterances;
    this.#internals.setFormValue(this.#options.dictates() ? null : this.value);
    this.#validate();
  }

  /** The visitor has edited the transcript. */
  edited(): void {
    if (!this.#options.dictates()) this.#emit('change');
  }

  /** The controls in the shadow root are not the form's: the page would take their `input` events for the element's. */
  hostConnected(): void {
    this.#host.renderRoot.addEventListener('input', stopInner);
  }

  /** The field to dictate into, or the language, may have changed. */
  hostUpdated(): void {
    const dictates = this.#options.dictates();
    if (dictates !== this.#dictates) {
      this.#dictates = dictates;
      this.#internals.setFormValue(dictates ? null : this.value);
    }
    this.#validate();
  }

  /** Whether words may still be added. */
  get #isActive(): boolean {
    return ['listening', 'paused', 'finishing'].includes(this.#host.state);
  }

  /** A change by the page or the browser fires no `input` and no `change`. */
  #replace(text: string): void {
    this.#options.replace(text);
    this.transcriptChanged();
    this.#emitted = { input: this.value, change: this.value };
  }

  #emit(type: 'input' | 'change'): void {
    const { value } = this;
    if (value === this.#emitted[type]) return;
    this.#emitted[type] = value;
    emitFormEvent(this.#host, type);
  }

  #validate(): void {
    const { required, utterances, strings, shadowRoot } = this.#host;
    const customError = this.#customMessage !== '';
    const valueMissing = required && utterances.length === 0 && !this.#options.dictates();
    const missing = valueMissing ? stringsFor(preferredLanguages(this.#host), strings).required : '';
    const message = this.#customMessage || missing;
    const anchor = shadowRoot?.querySelector('button') ?? undefined;
    const validity = JSON.stringify([customError, valueMissing, message, anchor !== undefined]);
    if (validity === this.#validity) return;
    this.#validity = validity;
    this.#internals.setValidity({ customError, valueMissing }, message, anchor);
  }
}

/** Elements of the page in a slot are not inside the shadow root: their events pass. */
function stopInner(event: Event): void {
  const { target, currentTarget: root } = event;
  if (target instanceof Node && root instanceof Node && root.contains(target)) event.stopPropagation();
}
