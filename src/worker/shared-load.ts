/** A load that all who want it share: the first begins it, and it can be stopped once the last has left. */
import type { WireProgress } from '../protocol/model.js';

export type Report = (progress: WireProgress) => void;

export class SharedLoad<T> {
  /** What the load comes to. */
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
    // Begun a microtask later: work that reports or throws at once finds its first user there.
    this.value = Promise.resolve().then(() => work(report, this.#controller.signal));
    this.value.then(
      () => (this.#done = true),
      // Those who wait hear of it through `value`.
      () => undefined,
    );
  }

  /** It has come to its value. */
  get done(): boolean {
    return this.#done;
  }

  /** Told of what happens from now on, and at once where it stands. The function returned leaves again, and says whether it was the last to do so. */
  join(progress: Report): () => boolean {
    // A function of its own, so that two users with one callback count as two.
    const user: Report = (report) => progress(report);
    this.#users.add(user);
    if (!this.#done) user(this.#progress);
    return () => this.#users.delete(user) && this.#users.size === 0;
  }

  stop(): void {
    this.#controller.abort();
  }
}
