/** The element as a field of a form: what was heard is its value, as typed text is a textarea's. */
import { property } from 'lit/decorators.js';
import type { Utterance } from '../../client/transcript.js';
import { TypedEventsElement } from '../events.js';
import type { StateName } from '../status.js';
import { preferredLanguages, stringsFor } from '../strings/language.js';
import type { StringOverrides } from '../strings/strings.js';

/**
 * There is no `defaultValue`: nothing has been said when a page begins, so `reset` leaves nothing. Nothing submits the form
 * but its own buttons: speech that a visitor has not read yet is not to be sent.
 *
 * @event {Event} input - `value` changed, by a word that was heard.
 * @event {Event} change - `value` has changed, and listening is over.
 */
export abstract class FormElement extends TypedEventsElement {
  static readonly formAssociated = true;

  /** The name its value is submitted under. Words that are dictated into another field are that field's, and not submitted twice. */
  @property({ reflect: true, useDefault: true }) name = '';
  /** The form is not submitted before something was heard. */
  @property({ type: Boolean, reflect: true }) required = false;
  /** Takes no presses. Setting it stops what is on: the microphone at once, the last words still come. A disabled <fieldset> does the same. */
  @property({ type: Boolean, reflect: true }) disabled = false;

  protected readonly internals = this.attachInternals();
  #barred = false;
  #custom = '';
  #judged = '';
  #elsewhere: boolean | undefined;
  /** What `value` was made of. */
  #heard: readonly Utterance[] = [];
  /** The value that the last `input`, and the last `change`, told of. */
  #told = { input: '', change: '' };

  constructor() {
    super();
    // A label of the page names the group of button and words.
    const { internals } = this;
    internals.role = 'group';
    this.addController({ hostUpdated: () => this.#settle() });
    const own = (event: Event): boolean => event.target === this && !this.isElsewhere;
    // Ahead of the page's listeners, which find the value in the form.
    this.addEventListener('start', (event) => own(event) && (this.#told.input = this.value));
    this.addEventListener('transcript', (event) => own(event) && this.#tell('input'));
    this.addEventListener('end', (event) => own(event) && this.#tell('change'));
    // A click on the label comes as one on the element itself.
    this.addEventListener('click', (event) => {
      if (event.composedPath()[0] === this && !this.isDisabled) this.focus();
    });
  }

  abstract readonly transcript: string;
  abstract readonly utterances: readonly Utterance[];
  abstract readonly state: StateName;
  abstract abort(): void;
  abstract strings: StringOverrides;
  /** Whether the words go into another field. */
  protected abstract readonly isElsewhere: boolean;
  /** Shows `text` as what was heard. */
  protected abstract replace(text: string): void;

  /**
   * What was heard, one line for each utterance; empty while the words go into another field. Setting it ends a stream that
   * is on, but for a text that it has just had: frameworks set late what they were told, and the words have gone on since.
   */
  @property({ attribute: false })
  get value(): string {
    return this.isElsewhere ? '' : this.transcript;
  }

  set value(text: string) {
    const lines = text.replace(/\r\n?/g, '\n');
    if (this.#isOn && lines !== '' && this.value.startsWith(lines)) return;
    const replaced = this.#isOn && lines !== '';
    this.#set(lines);
    if (replaced) this.abort();
  }

  /** Forgets what was heard. A stream that is on goes on. */
  clear(): void {
    this.replace('');
  }

  get form(): HTMLFormElement | null {
    return this.internals.form;
  }

  get labels(): NodeList {
    return this.internals.labels;
  }

  get validity(): ValidityState {
    this.#judge();
    return this.internals.validity;
  }

  /** In the visitor's language. */
  get validationMessage(): string {
    this.#judge();
    return this.internals.validationMessage;
  }

  get willValidate(): boolean {
    return this.internals.willValidate;
  }

  checkValidity(): boolean {
    this.#judge();
    return this.internals.checkValidity();
  }

  reportValidity(): boolean {
    this.#judge();
    return this.internals.reportValidity();
  }

  /** Makes it invalid, with this message, until called with an empty one. */
  setCustomValidity(message: string): void {
    this.#custom = message;
    this.#judge();
  }

  /** The browser calls it for the attribute and for a <fieldset>. */
  formDisabledCallback(disabled: boolean): void {
    this.#barred = disabled;
    this.requestUpdate();
  }

  /** Nothing said stays, and nothing more comes into the emptied form: a stream that is on ends, without its last words. */
  formResetCallback(): void {
    const ends = this.#isOn;
    this.#set('');
    if (ends) this.abort();
  }

  /** Back on the page, or filled in by the browser: the words are there again, without their times. */
  formStateRestoreCallback(state: string | File | FormData | null): void {
    if (typeof state === 'string' && !this.#isOn) this.#set(state);
  }

  /** Whether words may come. */
  get #isOn(): boolean {
    return ['listening', 'paused', 'finishing'].includes(this.state);
  }

  /** The controls within are not the form's: what they fire would look like ours. */
  protected override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot();
    root.addEventListener('input', (event) => {
      if (event.target instanceof Node && root.contains(event.target)) event.stopPropagation();
    });
    return root;
  }

  protected get isDisabled(): boolean {
    return this.disabled || this.#barred;
  }

  /** Something to draw changed. Most changes are none of the words. */
  protected heard(): void {
    this.requestUpdate();
    if (this.utterances === this.#heard) return;
    this.#heard = this.utterances;
    this.internals.setFormValue(this.isElsewhere ? null : this.value);
    this.#judge();
  }

  /** What it is for, and its language, may have changed. */
  #settle(): void {
    if (this.isElsewhere !== this.#elsewhere) {
      this.#elsewhere = this.isElsewhere;
      this.internals.setFormValue(this.#elsewhere ? null : this.value);
    }
    this.#judge();
  }

  #set(text: string): void {
    this.replace(text);
    this.heard();
    this.#told = { input: this.value, change: this.value };
  }

  #tell(type: 'input' | 'change'): void {
    const { value } = this;
    if (value === this.#told[type]) return;
    this.#told[type] = value;
    this.dispatchEvent(new Event(type, { bubbles: true, composed: type === 'input' }));
  }

  #judge(): void {
    const customError = this.#custom !== '';
    const valueMissing = this.required && this.utterances.length === 0 && !this.isElsewhere;
    const missing = valueMissing ? stringsFor(preferredLanguages(this), this.strings).required : '';
    const message = this.#custom || missing;
    const anchor = this.shadowRoot?.querySelector('button') ?? undefined;
    const judged = JSON.stringify([customError, valueMissing, message, anchor !== undefined]);
    if (judged === this.#judged) return;
    this.#judged = judged;
    this.internals.setValidity({ customError, valueMissing }, message, anchor);
  }
}
