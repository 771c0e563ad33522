/** Fake Web Locks of one browser: `crash` ends the browser and releases its locks. */

type Callback = (lock: Lock | null) => unknown;

interface Held {
  readonly name: string;
  readonly mode: LockMode;
}

export class FakeLocks {
  #held: Held[] = [];
  #waiting: (() => void)[] = [];
  /** Requests that had to wait. */
  waited = 0;

  request(name: string, ...rest: [Callback] | [LockOptions, Callback]): Promise<unknown> {
    const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest;
    const held: Held = { name, mode: options.mode ?? 'exclusive' };
    if (options.ifAvailable && !this.#isFree(held)) return Promise.resolve(callback(null));
    if (!this.#isFree(held)) this.waited++;
    return this.#granted(held).then(async () => {
      try {
        return await callback(held);
      } finally {
        this.#held = this.#held.filter((each) => each !== held);
        for (const retry of this.#waiting.splice(0)) retry();
      }
    });
  }

  /** Ends everything in the browser without a callback. */
  crash(): void {
    this.#held = [];
    this.#waiting = [];
  }

  #isFree({ name, mode }: Held): boolean {
    return !this.#held.some((other) => other.name === name && (mode === 'exclusive' || other.mode === 'exclusive'));
  }

  async #granted(held: Held): Promise<void> {
    while (!this.#isFree(held)) await new Promise<void>((retry) => this.#waiting.push(retry));
    this.#held.push(held);
  }
}
