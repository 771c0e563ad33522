/** Checks, once the element is in view and the page is idle, whether its model can run on this device. */
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { available, type AvailableOptions } from '../../client/models.js';
import { viewOf } from '../view-of.js';
import type { Availability } from '../../protocol/queries.js';

/** Shared by elements that have the same options, so that a page asks once. */
const queries = new Map<string, Promise<Availability>>();

export class Preflight implements ReactiveController {
  readonly #host: ReactiveControllerHost & Element;
  readonly #options: () => AvailableOptions | undefined;
  #observer: IntersectionObserver | undefined;
  #wasVisible = false;
  /** The options that `#availability` belongs to, as JSON. */
  #key = '';
  #availability: Availability | undefined;

  /** @param options undefined where no check is needed */
  constructor(host: ReactiveControllerHost & Element, options: () => AvailableOptions | undefined) {
    this.#host = host;
    this.#options = options;
    host.addController(this);
  }

  /** The last result for the current options. */
  get availability(): Availability | undefined {
    return this.#key === this.#query()[0] ? this.#availability : undefined;
  }

  hostConnected(): void {
    if (this.#wasVisible || typeof IntersectionObserver === 'undefined') return;
    this.#observer = new (viewOf(this.#host).IntersectionObserver)((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#observer?.disconnect();
      whenIdle(() => {
        this.#wasVisible = true;
        void this.#ask();
      });
    });
    this.#observer.observe(this.#host);
  }

  hostDisconnected(): void {
    this.#observer?.disconnect();
  }

  hostUpdated(): void {
    if (this.#wasVisible && this.#key !== this.#query()[0]) void this.#ask();
  }

  /** Asks again, as after a download. Does not measure the speed again: that has not changed. */
  refresh(): void {
    if (!this.#wasVisible) return;
    queries.delete(this.#key);
    void this.#ask(false);
  }

  async #ask(probe = true): Promise<void> {
    const [key, options] = this.#query();
    this.#key = key;
    if (options === undefined) return;
    const query = queries.get(key) ?? available({ ...options, probe, network: false });
    queries.set(key, query);
    try {
      const availability = await query;
      if (this.#key !== key) return;
      const { predictedRtf } = { ...this.#availability, ...availability };
      this.#availability = { ...availability, ...(predictedRtf !== undefined && { predictedRtf }) };
      this.#host.requestUpdate();
    } catch (cause) {
      queries.delete(key);
      // A wrong `model` is reported when the button is pressed.
      console.info(String(cause));
    }
  }

  #query(): [string, AvailableOptions | undefined] {
    const options = this.#options();
    return [options ? JSON.stringify(options) : '', options];
  }
}

/** Safari has no `requestIdleCallback`. */
function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 2_000 });
  else setTimeout(work, 200);
}
