/** Makes an element dictate: aims at its field, and leads each stream's words there. */
import type { ReactiveController, ReactiveElement } from 'lit';
import type { SttError } from '../../errors.js';
import type { KyutaiSttEventMap } from '../events.js';
import type { ListenSource } from './listening-run.js';
import type { StateName } from '../status.js';
import type { Strings } from '../strings/strings.js';
import { aimedAt, fieldOf, labelOf } from '../dictation/aim.js';
import { Dictation } from '../dictation/dictation.js';
import { browserAsks } from '../dictation/typing.js';

/** Whom it dictates for. */
export interface DictationHost extends ReactiveElement {
  readonly target: HTMLElement | null;
  readonly htmlFor: string;
  readonly state: StateName;
  stop(): Promise<void>;
}

export class DictationController implements ReactiveController {
  readonly #host: DictationHost;
  #dictation: Dictation | undefined;
  /** What the dictation in progress listens to, and why it cannot go on. */
  #source: ListenSource | undefined;
  #failure: SttError | undefined;

  constructor(host: DictationHost) {
    this.#host = host;
    host.addController(this);
    // Ahead of the page's listeners, which find the words in the field.
    this.#on('transcript', ({ detail }) => this.#dictation?.hear(detail));
    this.#on('start', () => this.#tell());
    this.#on('end', () => this.#close());
    // A press must not take the focus, nor the selection, from where the words go.
    host.addEventListener('mousedown', (event) => this.#keepFocus(event));
    // The field, or its label, may have come later than the button.
    host.addEventListener('focusin', () => this.#refresh());
    host.addEventListener('pointerenter', () => this.#refresh());
  }

  /** What the words go into; undefined where the element shows them itself. */
  get element(): HTMLElement | undefined {
    const { target, htmlFor } = this.#host;
    return aimedAt({ target, id: htmlFor, root: this.#host.getRootNode() });
  }

  /** The name of that field; empty where it has none. */
  get label(): string {
    const { element } = this;
    return element ? labelOf(element) : '';
  }

  /**
   * Readies the field, if one is aimed at, for what is heard from the source that `make` returns.
   *
   * @param make takes the id of the media element that `for` names: none where it names a field
   * @throws SttError as `fieldOf`
   */
  begin(make: (mediaId: string) => ListenSource): ListenSource {
    const { element } = this;
    this.#close();
    const source = make(element ? '' : this.#host.htmlFor);
    if (!element) return source;
    this.#dictation = new Dictation(fieldOf(element, browserAsks(this.#host.renderRoot)), {
      stop: () => void this.#host.stop().catch(() => undefined),
      failed: (error) => this.#tell((this.#failure = error)),
    });
    this.#source = source;
    return source;
  }

  /** The texts, in which the button of a field says what it is for. */
  inWords(strings: Strings): Strings {
    return this.element ? { ...strings, start: strings.dictate, stop: strings.stopDictating } : strings;
  }

  /** A load that is cancelled ends without an event. */
  hostUpdated(): void {
    if (['idle', 'ready', 'failed'].includes(this.#host.state)) this.#close();
  }

  #close(): void {
    this.#dictation?.close();
    this.#dictation = this.#source = this.#failure = undefined;
  }

  /** The stream ends as if its sound had broken off, which is told and shown; where it has not begun, as soon as it does. */
  #tell(error = this.#failure): void {
    if (error) this.#source?.onerror?.(error);
  }

  /** Of the host itself, not of another within it. */
  #on<K extends keyof KyutaiSttEventMap>(type: K, listener: (event: KyutaiSttEventMap[K]) => void): void {
    this.#host.addEventListener(type, (event) => {
      if (event.target === this.#host) listener(event as KyutaiSttEventMap[K]);
    });
  }

  #keepFocus(event: Event): void {
    const onButton = event.composedPath().some((node) => node instanceof HTMLButtonElement);
    if (onButton && this.element?.matches(':focus, :focus-within')) event.preventDefault();
  }

  #refresh(): void {
    if (this.element) this.#host.requestUpdate();
  }
}
