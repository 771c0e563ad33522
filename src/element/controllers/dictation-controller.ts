/** Dictation: finds the field that `for` or `target` names, and writes the words of each stream into it. */
import type { ReactiveController, ReactiveElement } from 'lit';
import { SttError } from '../../errors.js';
import { aimedAt, fieldOf, labelOf } from '../dictation/aim.js';
import { Dictation } from '../dictation/dictation.js';
import { firesBeforeInput } from '../dictation/typing.js';
import type { KyutaiSttEventMap } from '../events.js';
import type { FieldEdit } from '../hands-free/port.js';
import { isHtml } from '../nodes.js';
import type { RunSource } from '../sources.js';
import type { StateName } from '../status.js';
import type { Strings } from '../strings/strings.js';
import { openMenu } from '../views/menu.js';

/** The properties of the element that name the field, and its stream. */
interface DictationHost extends ReactiveElement {
  readonly target: HTMLElement | null;
  readonly htmlFor: string;
  readonly state: StateName;
  stop(): Promise<void>;
}

export class DictationController implements ReactiveController {
  readonly #host: DictationHost;
  #dictation: Dictation | undefined;
  /** What the current dictation listens to, and why it cannot continue. */
  #source: RunSource | undefined;
  #failure: SttError | undefined;

  constructor(host: DictationHost) {
    this.#host = host;
    host.addController(this);
    // Added before the page's listeners, so that they find the words in the field.
    this.#on('transcript', ({ detail }) => this.#dictation?.update(detail));
    this.#on('start', () => this.#failSource());
    this.#on('end', () => this.#close());
    // Pressing the button must not move the focus or the selection out of the field.
    host.addEventListener('mousedown', (event) => this.#keepFocus(event));
    // The field, or its label, may have been added to the page after the button.
    host.addEventListener('focusin', () => this.#refresh());
    host.addEventListener('pointerenter', () => this.#refresh());
  }

  /** The field that the words are written into; undefined where the element shows them itself. */
  get element(): HTMLElement | undefined {
    const { target, htmlFor } = this.#host;
    return aimedAt({ target, id: htmlFor, root: this.#host.getRootNode() });
  }

  /** The name of the field; empty where it has none. */
  get label(): string {
    const { element } = this;
    return element ? labelOf(element) : '';
  }

  /**
   * Creates the source of a new stream and, where there is a field, opens it for the stream's words.
   *
   * @param createSource its argument is the id of the media element in `for`; empty where `for` names a field
   * @throws SttError as `fieldOf`
   */
  begin(createSource: (mediaId: string) => RunSource): RunSource {
    const { target } = this.#host;
    if (target && !isHtml(target))
      throw new SttError('invalid-argument', `target is ${String(target)}, expected an HTML element`);
    const { element } = this;
    this.#close();
    const source = createSource(element ? '' : this.#host.htmlFor);
    if (!element) return source;
    this.#dictation = new Dictation(fieldOf(element, firesBeforeInput(this.#host.renderRoot)), {
      stop: () => this.#escape(),
      failed: (error) => this.#failSource((this.#failure = error)),
    });
    this.#source = source;
    return source;
  }

  /** Does what a spoken command does in the field. */
  edit(edit: FieldEdit): void {
    this.#dictation?.edit(edit);
  }

  /** The texts; where there is a field, the button's are about dictation. */
  withButtonTexts(strings: Strings): Strings {
    return this.element ? { ...strings, start: strings.dictate, stop: strings.stopDictating } : strings;
  }

  /** A cancelled load fires no `end`. */
  hostUpdated(): void {
    if (['idle', 'ready', 'failed'].includes(this.#host.state)) this.#close();
  }

  /** Escape in the field. A menu that is open beside it closes first. */
  #escape(): void {
    const menu = openMenu(this.#host.renderRoot);
    if (menu) menu.hidePopover();
    else void this.#host.stop().catch(() => undefined);
  }

  #close(): void {
    this.#dictation?.close();
    this.#dictation = this.#source = this.#failure = undefined;
  }

  /** Ends the stream as if its source had failed, which reports the error. Before `start` there is no stream to end yet. */
  #failSource(error = this.#failure): void {
    if (error) this.#source?.onerror?.(error);
  }

  /** Listens to events of the host itself, not of an element inside it. */
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
