/** Starts and stops the element by a key, wherever the focus is: a toggle, or push to talk. */
import type { ReactiveController } from 'lit';
import type { Strings } from '../strings/strings.js';
import { ariaOf, isPressOf, isReleaseOf, labelOf, parseHotkey, type Hotkey } from './hotkey.js';
import type { FeatureHost, FeaturePort } from './port.js';

/** The element's shortcuts of a page: several elements may have the same one. */
const registered = new Set<HotkeyController>();

export class HotkeyController implements ReactiveController {
  readonly #host: FeatureHost;
  readonly #port: FeaturePort;
  #hotkey: Hotkey | undefined;
  #text = '';
  /** The documents whose keys are listened to, and the end of that. */
  #documents: readonly Document[] = [];
  #listening = new AbortController();
  /** The `code` of the key that is down. */
  #held: string | undefined;
  /** What a held key does: it `waits` while an earlier stream is still ending. */
  #talk: 'waits' | 'talks' | undefined;

  constructor(host: FeatureHost, port: FeaturePort) {
    this.#host = host;
    this.#port = port;
    host.addEventListener('statechange', () => this.#startWaiting());
    host.addController(this);
  }

  hostConnected(): void {
    registered.add(this);
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    registered.delete(this);
    this.#release();
    this.#listenTo([]);
  }

  hostUpdated(): void {
    const { target, ownerDocument } = this.#host;
    const hotkey = (this.#host.hotkey as string | null) ?? ''; // null once the attribute is removed
    if (hotkey !== this.#text) {
      this.#release();
      this.#parse((this.#text = hotkey));
    }
    this.#describe();
    if (!this.#host.isConnected) return;
    // A field in a frame has the keys of its own document.
    this.#listenTo(this.#hotkey ? [...new Set([ownerDocument, target?.ownerDocument ?? ownerDocument])] : []);
  }

  #parse(text: string): void {
    const found = text.trim() === '' ? undefined : parseHotkey(text);
    this.#hotkey = typeof found === 'string' ? undefined : found;
    if (typeof found === 'string') this.#port.warn(`hotkey="${text}" ${found}. No key is used.`);
  }

  /** The button's title and its shortcut for assistive technology. */
  #describe(): void {
    const button = this.#host.renderRoot.querySelector<HTMLElement>('[part="button"]');
    if (!button) return;
    const hotkey = this.#hotkey;
    if (!hotkey) {
      for (const name of ['title', 'aria-keyshortcuts']) button.removeAttribute(name);
      return;
    }
    const strings = this.#port.strings();
    button.title = titleOf(hotkey, strings, this.#holds);
    button.setAttribute('aria-keyshortcuts', ariaOf(hotkey));
  }

  get #holds(): boolean {
    return this.#host.hotkeyMode === 'hold';
  }

  #listenTo(documents: readonly Document[]): void {
    const isSame =
      documents.length === this.#documents.length && documents.every((one, i) => one === this.#documents[i]);
    if (isSame) return;
    this.#listening.abort();
    this.#listening = new AbortController();
    this.#documents = documents;
    const options = { capture: true, signal: this.#listening.signal };
    for (const page of documents) {
      // Before the fields and editors of the page.
      page.addEventListener('keydown', (event) => this.#pressed(event, page), options);
      page.addEventListener('keyup', (event) => this.#lifted(event), options);
      page.addEventListener('visibilitychange', () => page.hidden && this.#release(), options);
      // Keys that are released in another window or frame are not reported.
      page.defaultView?.addEventListener(
        'blur',
        ({ target }) => target === page.defaultView && this.#release(),
        options,
      );
    }
  }

  #pressed(event: KeyboardEvent, page: Document): void {
    if (event.defaultPrevented || isOfComposition(event) || !this.#accepts(event)) return;
    const candidates = [...registered].filter((one) => one.#documents.includes(page) && one.#accepts(event));
    if (chosen(candidates) !== this) return;
    event.preventDefault(); // repeated ones, too: they would type
    event.stopPropagation();
    if (this.#held !== undefined) return;
    this.#held = event.code;
    if (!this.#holds) {
      // While the model only loads, the button cancels that; the key is for talking.
      if (this.#host.state === 'loading' && !this.#port.running()) this.#port.startTalking();
      else this.#port.press();
      return;
    }
    // A stream that the button started is not ended by the key.
    if (this.#port.running() && !this.#port.ends()) return;
    this.#talk = 'waits';
    this.#startWaiting();
  }

  #accepts(event: KeyboardEvent): boolean {
    return this.#hotkey !== undefined && isPressOf(this.#hotkey, event) && !this.#host.matches(':disabled');
  }

  #lifted(event: KeyboardEvent): void {
    if (this.#held === undefined || !this.#hotkey || !isReleaseOf(this.#hotkey, event, this.#held)) return;
    this.#release();
  }

  /** Starts what the held key waits for. */
  #startWaiting(): void {
    if (this.#talk !== 'waits' || this.#port.running()) return;
    this.#talk = 'talks';
    this.#port.startTalking();
  }

  /** Whether the visitor is in the element or its field. */
  get isFocused(): boolean {
    return this.#host.matches(':focus-within') || this.#port.field()?.matches(':focus, :focus-within') === true;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  get isRunning(): boolean {
    return this.#port.running();
  }

  isBefore(other: HotkeyController): boolean {
    return (this.#host.compareDocumentPosition(other.#host) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
  }

  #release(): void {
    const talks = this.#talk === 'talks';
    this.#held = this.#talk = undefined;
    if (talks) this.#port.stopTalking();
  }
}

/** The keyCode of keys handled by an input method. */
const COMPOSITION_KEY_CODE = 229;

/** Safari fires the key that ends a composition after `compositionend`, with `isComposing` false and this deprecated code. */
function isOfComposition(event: KeyboardEvent): boolean {
  const { keyCode }: { readonly keyCode: number } = event;
  return event.isComposing || keyCode === COMPOSITION_KEY_CODE;
}

function titleOf(hotkey: Hotkey, strings: Strings, holds: boolean): string {
  const keys = labelOf(hotkey, { shift: strings.keyShift, space: strings.keySpace });
  return (holds ? strings.hotkeyHold : strings.hotkeyToggle).replace('{keys}', () => keys);
}

/** Of elements with the same shortcut: that of the press that repeats, else one that listens, else that of the focused field, else the first of the page. */
function chosen(candidates: readonly HotkeyController[]): HotkeyController | undefined {
  const inOrder = [...candidates].sort((a, b) => (a.isBefore(b) ? -1 : 1));
  return (
    inOrder.find(({ isHeld }) => isHeld) ??
    inOrder.find(({ isRunning }) => isRunning) ??
    inOrder.find(({ isFocused }) => isFocused) ??
    inOrder[0]
  );
}
