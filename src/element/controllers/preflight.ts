/** Asks, once the element is in view and the page has nothing better to do, whether its model can run here. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { available, type AvailableOptions } from '../../client/models.js';
import type { Availability } from '../../protocol/queries.js';

/** Several elements of a page with one model ask once. */
const asked = new Map<string, Promise<Availability>>();

export class Preflight implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element;
  readonly #options: () => AvailableOptions | undefined;
  #observer: IntersectionObserver | undefined;
  #seen = false;
  /** What `#availability` is the answer for. */
  #key = '';
  #availability: Availability | undefined;

  /** @param options undefined where there is nothing to ask */
  constructor(host: ReactiveControllerHost & Element, options: () => AvailableOptions | undefined) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The last answer for what is wanted now. */
  get availability(): Availability | undefined {
    return this.#key === this.#wanted()[0] ? this.#availability : undefined;
  }

  hostConnected(): void {
    if (this.#seen || typeof IntersectionObserver === 'undefined') return;
    this.#observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#observer?.disconnect();
      whenIdle(() => {
        this.#seen = true;
        void this.#ask();
      });
    });
    this.#observer.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
  }

  hostUpdated(): void {
    if (this.#seen && this.#key !== this.#wanted()[0]) void this.#ask();
  }

  /** Things have changed, such as by a download: what was answered may be wrong. Speed has not: it is not measured again. */
  again(): void {
    if (!this.#seen) return;
    asked.delete(this.#key);
    void this.#ask(false);
  }

  async #ask(probe = true): Promise<void> {
    const [key, options] = this.#wanted();
    this.#key = key;
    if (options === undefined) return;
    const question = asked.get(key) ?? available({ ...options, probe, network: false });
    asked.set(key, question);
    try {
      const availability = await question;
      if (this.#key !== key) return;
      const { predictedRtf } = { ...this.#availability, ...availability };
      this.#availability = { ...availability, ...(predictedRtf !== undefined && { predictedRtf }) };
      this.#host.requestUpdate();
    } catch (cause) {
      asked.delete(key);
      // What is wrong with `model` is told when somebody presses.
      console.info(String(cause));
    }
  }

  #wanted(): [string, AvailableOptions | undefined] {
    const options = this.#options();
    return [options ? JSON.stringify(options) : '', options];
  }
}

/** Safari has no idle callback. */
function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 2_000 });
  else setTimeout(work, 200);
}
