/** A load shared by several users: the first starts it, and it can be stopped once the last has left. */
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
    // Started a microtask later, so that work that reports or throws at once has its first user.
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

  /** Calls `progress` with the current state and every later one. The returned function leaves, and returns whether it was the last. */
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
