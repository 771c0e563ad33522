/** Keeps the screen on while the element listens (Screen Wake Lock). */
import type { ReactiveController } from 'lit';
import type { FeatureHost, FeaturePort } from './port.js';

export class WakeLockController implements ReactiveController {
  readonly #host: FeatureHost;
  readonly #port: FeaturePort;
  /** The document that the lock is for, and the end of listening to its visibility. */
  #document: Document | undefined;
  #connected = new AbortController();
  #lock: WakeLockSentinel | undefined;
  /** A request is under way. */
  #pending = false;
  /** The browser has refused. Asked again for the next stream, or when the page is shown again. */
  #refused = false;

  constructor(host: FeatureHost, port: FeaturePort) {
    this.#host = host;
    this.#port = port;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#follow(undefined);
    this.#update();
  }

  hostUpdated(): void {
    if (this.#host.isConnected) this.#follow(this.#host.ownerDocument);
    this.#update();
  }

  /** The document may be another after a move, as to a picture-in-picture window: each has a lock of its own. */
  #follow(page: Document | undefined): void {
    if (page === this.#document) return;
    this.#connected.abort();
    this.#connected = new AbortController();
    this.#document = page;
    this.#release();
    page?.addEventListener('visibilitychange', () => this.#shown(), { signal: this.#connected.signal });
  }

  /** Browsers release the lock of a hidden page. */
  #shown(): void {
    this.#refused = false;
    this.#update();
  }

  get #isWanted(): boolean {
    const { isConnected, wakeLock } = this.#host;
    return isConnected && wakeLock && this.#document?.visibilityState === 'visible' && this.#port.records();
  }

  #update(): void {
    if (!this.#isWanted) {
      if (!this.#port.records()) this.#refused = false;
      this.#release();
    } else if (!this.#lock && !this.#pending && !this.#refused) void this.#request();
  }

  async #request(): Promise<void> {
    const page = this.#document;
    // Absent on insecure pages.
    const { wakeLock: locks }: Partial<Navigator> = page?.defaultView?.navigator ?? {};
    if (!locks) return;
    this.#pending = true;
    try {
      const lock = await locks.request('screen');
      // The system releases it, too, as when the battery is low.
      lock.addEventListener('release', () => {
        if (this.#lock === lock) {
          this.#lock = undefined;
          this.#refused = true;
        }
      });
      this.#lock = lock;
      if (page !== this.#document) this.#release();
    } catch (cause) {
      this.#refused = true; // by a policy, or to save the battery: listening works without
      console.info(`<kyutai-stt> The screen may turn off while listening: ${String(cause)}`);
    }
    this.#pending = false;
    this.#update();
  }

  #release(): void {
    const lock = this.#lock;
    this.#lock = undefined;
    void lock?.release();
  }
}
