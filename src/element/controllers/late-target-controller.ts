/** Renders the host again when what `for` names appears: an element, a custom element's upgrade, or the media in a player. */
import type { ReactiveController, ReactiveElement } from 'lit';
import { isResolved } from '../dictation/aim.js';
import { insidesOf } from '../media/media-in.js';
import { isElement, isHtml, isShadowRoot, isTreeScope } from '../nodes.js';

interface LateTargetHost extends ReactiveElement {
  readonly target: HTMLElement | null;
  readonly htmlFor: string;
}

export class LateTargetController implements ReactiveController {
  readonly #host: LateTargetHost;
  readonly #observer = new MutationObserver(() => this.#check());
  /** The names of the elements whose upgrade is awaited. */
  readonly #awaited = new Set<string>();
  #observes = false;

  constructor(host: LateTargetHost) {
    this.#host = host;
    host.addController(this);
  }

  /** Whether the document is being observed. */
  get observes(): boolean {
    return this.#observes;
  }

  hostConnected(): void {
    this.#host.requestUpdate(); // `for` may name another element here
  }

  hostDisconnected(): void {
    this.#stop();
  }

  hostUpdated(): void {
    this.#stop();
    if (!this.#host.isConnected || this.#isResolved) return;
    const root = this.#host.getRootNode();
    this.#observes = true;
    this.#observer.observe(root, { childList: true, subtree: true, attributeFilter: ['id', 'contenteditable'] });
    // Assigned to the root's slots.
    if (isShadowRoot(root)) this.#observer.observe(root.host, { childList: true, subtree: true });
    for (const inside of this.#named ? insidesOf(this.#named) : []) {
      if (isShadowRoot(inside)) this.#observer.observe(inside, { childList: true, subtree: true });
      else if (isElement(inside) && inside.matches(':not(:defined)')) this.#await(inside.localName);
    }
  }

  get #named(): HTMLElement | null {
    const root = this.#host.getRootNode();
    return isTreeScope(root) ? root.getElementById(this.#host.htmlFor) : null;
  }

  get #isResolved(): boolean {
    const { target, htmlFor } = this.#host;
    if (target || !htmlFor) return true;
    const named = this.#named;
    return named !== null && isHtml(named) && isResolved(named);
  }

  /** New content may have shadow roots, and elements to be upgraded. */
  #check(): void {
    if (this.#isResolved) this.#host.requestUpdate();
    else this.hostUpdated();
  }

  #await(name: string): void {
    if (this.#awaited.has(name)) return;
    this.#awaited.add(name);
    void customElements.whenDefined(name).then(() => {
      this.#awaited.delete(name);
      if (this.#observes) this.#host.requestUpdate(); // a player has other texts even before its media is there
    });
  }

  #stop(): void {
    this.#observer.disconnect();
    this.#observes = false;
  }
}
