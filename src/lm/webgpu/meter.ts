/** Counts what a model's steps cost on its GPU, on whatever device it runs by now. */
import type { GpuMetrics } from '../../protocol/messages.js';

/** How much of a smoothed time is its newest measurement. */
const FRESH = 0.1;

/** What does not change from step to step. */
export type GpuFacts = Pick<GpuMetrics, 'adapter' | 'isSoftware' | 'plan' | 'variant' | 'dispatches' | 'bytesPerStep'>;

export class GpuMeter {
  #steps = 0;
  #submits = 0;
  #readBacks = 0;
  #stepMs = 0;
  /** Whether `stepMs` is more than a first impression. */
  #isWarm = false;

  /** A step of `batch` sessions was submitted. */
  submitted(batch: number): void {
    this.#submits++;
    this.#steps += batch;
  }

  /** Its result is back; `ms` is NaN where the GPU had other work when it was submitted. */
  read(batch: number, ms: number): void {
    this.#readBacks++;
    if (batch !== 1 || Number.isNaN(ms)) return;
    this.#stepMs = this.#isWarm ? this.#stepMs + FRESH * (ms - this.#stepMs) : ms;
    this.#isWarm = true;
  }

  /** Forgets the counts, and the time at the next measurement. */
  begin(): void {
    this.#steps = this.#submits = this.#readBacks = 0;
    this.#isWarm = false;
  }

  report(facts: GpuFacts): GpuMetrics {
    const stepMs = this.#stepMs;
    return {
      ...facts,
      stepMs,
      gbPerSecond: stepMs > 0 ? facts.bytesPerStep / stepMs / 1e6 : 0,
      steps: this.#steps,
      submits: this.#submits,
      readBacks: this.#readBacks,
    };
  }
}
