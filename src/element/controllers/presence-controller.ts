/** Notices that the element has left the page for good, not only for a moment, as when a framework moves it. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';

/**
 * How long an element may be out of the document, ms. Frameworks that keep an element through a navigation put it back after
 * a few tasks. A timer, because a hidden tab has no animation frames.
 */
export const GRACE_MS = 1_000;

export interface PresenceHost extends ReactiveControllerHost {
  readonly isConnected: boolean;
  readonly ownerDocument: Document;
}

export class PresenceController implements ReactiveController {
  readonly #host: PresenceHost;
  readonly #left: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #window = new AbortController();

  /** @param left called once the element has been out of the page for a second */
  constructor(host: PresenceHost, left: () => void) {
    this.#host = host;
    this.#left = left;
    host.addController(this);
  }

  hostConnected(): void {
    clearTimeout(this.#timer);
    this.#window = new AbortController();
    // Another window that closes, such as a picture-in-picture window, does not disconnect its elements.
    const { defaultView } = this.#host.ownerDocument;
    if (defaultView !== globalThis.window)
      defaultView?.addEventListener('pagehide', this.#wait, { signal: this.#window.signal });
  }

  hostDisconnected(): void {
    this.#window.abort();
    this.#wait();
  }

  readonly #wait = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { isConnected, ownerDocument } = this.#host;
      if (!isConnected || ownerDocument.defaultView === null) this.#left();
    }, GRACE_MS);
  };
}
