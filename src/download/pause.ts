/** The pause button of every download of a model: requests stop at once, and begin again where they were. */

export class PauseSwitch {
  #closed: { readonly opened: Promise<void>; readonly open: () => void } | undefined;
  #halt = new AbortController();

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** Aborts when the gate next closes. */
  get halt(): AbortSignal {
    return this.#halt.signal;
  }

  close(): void {
    if (this.#closed !== undefined) return;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.#closed = { opened, open };
    this.#halt.abort();
  }

  open(): void {
    const closed = this.#closed;
    if (closed === undefined) return;
    this.#closed = undefined;
    this.#halt = new AbortController();
    closed.open();
  }

  /** Resolves while the gate is open; rejects with an AbortError. */
  async pass(signal: AbortSignal): Promise<void> {
    while (this.#closed !== undefined) {
      signal.throwIfAborted();
      const { opened } = this.#closed;
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => reject(signal.reason as Error);
        signal.addEventListener('abort', stop, { once: true });
        void opened.then(() => {
          signal.removeEventListener('abort', stop);
          resolve();
        });
      });
    }
    signal.throwIfAborted();
  }
}
