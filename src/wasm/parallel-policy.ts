/** Whether sharing pays: other work may leave a helper no core of its own, and then waiting for it costs more than it does. */

/** Plans that are looked at together: four frames of codec and language model. */
const LOOKED_AT = 8;
/** Plans for which a verdict holds: some three seconds of live sound. */
const HOLDS = 72;
/** Share of its time that a plan may wait for others and not be doubted. */
const DOUBTED = 0.15;

export class ParallelPolicy {
  /** Whether plans are shared now. */
  #shares = true;
  /** Plans until the verdict is looked at again. */
  #holds = 0;
  #plans = 0;
  #ms = 0;
  #waitedMs = 0;
  /** What as many plans took when they were shared; 0 where that is not in doubt. */
  #sharedMs = 0;

  /** Whether the next plan is to be shared. */
  get isParallel(): boolean {
    return this.#shares;
  }

  /** Notes how long a plan took, and how much of that its thread waited for others. */
  record(ms: number, waitedMs: number): void {
    if (this.#holds > 0) {
      // Alone says nothing of how it would go together: that is tried anew.
      if (--this.#holds === 0) this.#shares = true;
      return;
    }
    this.#ms += ms;
    this.#waitedMs += waitedMs;
    if (++this.#plans < LOOKED_AT) return;
    if (!this.#shares) {
      this.#shares = this.#sharedMs <= this.#ms;
      this.#holds = HOLDS;
    } else if (this.#waitedMs > DOUBTED * this.#ms) {
      this.#shares = false;
      this.#sharedMs = this.#ms;
    }
    this.#plans = this.#ms = this.#waitedMs = 0;
  }
}
