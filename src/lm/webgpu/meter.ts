/** Counts what a model's steps cost on its GPU, on whatever device it runs by now. */
import type { GpuMetrics } from '../../protocol/stream-events.js';
import type { GpuLmWeights } from './weights.js';

/**
 * How much of a smoothed time is its newest measurement: a quicker step tells what the GPU can do, a slower one mostly
 * when the browser looked.
 */
const QUICKER = 0.5;
const SLOWER = 0.02;

/** What does not change from step to step. */
export type GpuFacts = Pick<GpuMetrics, 'adapter' | 'isSoftware' | 'plan' | 'variant' | 'dispatches' | 'bytesPerStep'>;

export class GpuMeter {
  #steps = 0;
  #submits = 0;
  #readBacks = 0;
  #stepMs = 0;

  /** A step of `batch` sessions was submitted. */
  submitted(batch: number): void {
    this.#submits++;
    this.#steps += batch;
  }

  /** Its result is back; `ms` is NaN where the GPU had other work when it was submitted. */
  read(batch: number, ms: number): void {
    this.#readBacks++;
    if (batch !== 1 || Number.isNaN(ms)) return;
    this.#stepMs += (ms < this.#stepMs ? QUICKER : SLOWER) * (ms - this.#stepMs);
  }

  /** Counts from here on; a step takes `stepMs`, as far as is known. */
  begin(stepMs: number): void {
    this.#steps = this.#submits = this.#readBacks = 0;
    this.#stepMs = stepMs;
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

/** The least a step reads, in bytes: every weight except the embedding tables, of which it reads a row each. */
export function stepBytes({ layers, head, pause }: GpuLmWeights): number {
  const matrices = layers.flatMap(({ qkv, out, ffnIn, ffnOut }) => [qkv, out, ffnIn, ffnOut]);
  return [...matrices, head, ...(pause ? [pause] : [])]
    .flatMap(({ buffers }) => buffers)
    .reduce((sum, { size }) => sum + size, 0);
}
