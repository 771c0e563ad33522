/** Pauses all downloads of a model: requests are aborted at once and later resume where they stopped. */

export class PauseSwitch {
  #paused: { readonly resumed: Promise<void>; readonly resume: () => void } | undefined;
  #nextPause = new AbortController();

  get isPaused(): boolean {
    return this.#paused !== undefined;
  }

  /** Aborts at the next `pause`. */
  get pauseSignal(): AbortSignal {
    return this.#nextPause.signal;
  }

  pause(): void {
    if (this.#paused !== undefined) return;
    let resume = (): void => undefined;
    const resumed = new Promise<void>((resolve) => (resume = resolve));
    this.#paused = { resumed, resume };
    this.#nextPause.abort();
  }

  resume(): void {
    const paused = this.#paused;
    if (paused === undefined) return;
    this.#paused = undefined;
    this.#nextPause = new AbortController();
    paused.resume();
  }

  /** Resolves while not paused; rejects with an AbortError. */
  async whenRunning(signal: AbortSignal): Promise<void> {
    while (this.#paused !== undefined) {
      signal.throwIfAborted();
      const { resumed } = this.#paused;
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', stop, { once: true });
        void resumed.then(() => {
          signal.removeEventListener('abort', stop);
          resolve();
        });
      });
    }
    signal.throwIfAborted();
  }
}
