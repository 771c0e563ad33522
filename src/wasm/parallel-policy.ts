/**
 * Decides whether dividing plans among threads pays. If other programs leave a helper no core, waiting for its parts costs
 * more than running them alone.
 */

/** Plans measured together: four frames of codec and language model. */
const SAMPLE_PLANS = 8;
/** Plans until the next measurement: about three seconds of live audio. */
const HOLD_PLANS = 72;
/** Above this share of its time spent waiting, parallel execution is compared with one thread. */
const SUSPICIOUS_WAIT = 0.15;

export class ParallelPolicy {
  #isParallel = true;
  /** Plans until the next measurement; 0 while measuring. */
  #hold = 0;
  #plans = 0;
  #ms = 0;
  #waitedMs = 0;
  /** Time of the parallel sample that the sequential one is compared with; 0 if there was none. */
  #parallelMs = 0;

  /** Whether the next plan should be divided among threads. */
  get isParallel(): boolean {
    return this.#isParallel;
  }

  /** Records a plan's duration, and how much of it its thread spent waiting for helpers. */
  record(ms: number, waitedMs: number): void {
    if (this.#hold > 0) {
      // Plans run alone cannot show how parallel ones would do: try those again.
      if (--this.#hold === 0) this.#isParallel = true;
      return;
    }
    this.#ms += ms;
    this.#waitedMs += waitedMs;
    if (++this.#plans < SAMPLE_PLANS) return;
    if (!this.#isParallel) {
      this.#isParallel = this.#parallelMs <= this.#ms;
      this.#hold = HOLD_PLANS;
    } else if (this.#waitedMs > SUSPICIOUS_WAIT * this.#ms) {
      this.#isParallel = false;
      this.#parallelMs = this.#ms;
    }
    this.#plans = this.#ms = this.#waitedMs = 0;
  }
}
