/** Counts and times the steps of a model on its GPU, across changes of device. */
import type { GpuMetrics } from '../../protocol/stream-events.js';
import type { GpuLmWeights } from './weights.js';

/**
 * Weights of the newest measurement in the smoothed time. A faster step shows the speed of the GPU; a slower one mostly
 * shows when the browser polled.
 */
const FASTER = 0.5;
const SLOWER = 0.02;

/** The metrics that stay the same from step to step. */
export type GpuFacts = Pick<GpuMetrics, 'adapter' | 'isSoftware' | 'plan' | 'variant' | 'dispatches' | 'bytesPerStep'>;

export class GpuMeter {
  #steps = 0;
  #submits = 0;
  #readBacks = 0;
  #stepMs = 0;

  /** Counts a submitted step of `streams` streams. */
  submitted(streams: number): void {
    this.#submits++;
    this.#steps += streams;
  }

  /** Counts a result of `streams` streams; `ms` is NaN where the GPU was busy when the step was submitted. */
  read(streams: number, ms: number): void {
    this.#readBacks++;
    if (streams !== 1 || Number.isNaN(ms)) return;
    this.#stepMs += (ms < this.#stepMs ? FASTER : SLOWER) * (ms - this.#stepMs);
  }

  /** Resets the counters, with a first estimate of a step's milliseconds. */
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
