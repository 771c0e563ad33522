/** A load with progress that several users share and that can be stopped when the last one has left. */
import type { WireProgress } from '../protocol/model.js';

export type Report = (progress: WireProgress) => void;

export class SharedLoad<T> {
  /** The result of the load. */
  readonly value: Promise<T>;
  readonly #controller = new AbortController();
  readonly #users = new Set<Report>();
  #progress: WireProgress = { phase: 'download', loaded: 0, total: 0 };
  #done = false;

  constructor(work: (report: Report, signal: AbortSignal) => Promise<T>) {
    const report: Report = (progress) => {
      this.#progress = progress;
      for (const user of this.#users) user(progress);
    };
    // Started a microtask later, so that the first user has joined before work reports or throws.
    this.value = Promise.resolve().then(() => work(report, this.#controller.signal));
    this.value.then(
      () => (this.#done = true),
      // Users get the error from `value`.
      () => undefined,
    );
  }

  /** Whether `value` is fulfilled. */
  get done(): boolean {
    return this.#done;
  }

  /** Calls `progress` with the current and every later state. The returned function leaves; true if it was the last user. */
  join(progress: Report): () => boolean {
    // A new function, so that two users with the same callback count as two.
    const user: Report = (report) => progress(report);
    this.#users.add(user);
    if (!this.#done) user(this.#progress);
    return () => this.#users.delete(user) && this.#users.size === 0;
  }

  stop(): void {
    this.#controller.abort();
  }
}
