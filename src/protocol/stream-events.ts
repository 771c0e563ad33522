/** Everything that can happen in a stream, from the engine's session to the page: one union, posted as it is emitted. */

/** Why a session restarted the model: it produced no text during speech, or the same words over and over. */
export type Recovery = 'silent' | 'loop';

/** A finished word. Times are seconds on the stream's clock. */
export interface WireWord {
  /** 0-based, counts up through the stream. */
  readonly index: number;
  readonly text: string;
  readonly start: number;
  /** Provisional until the `word-end` of the same index. Never before `start`. */
  readonly end: number;
  /** Product of the token probabilities, 0 … 1. */
  readonly confidence?: number;
}

/** What a GPU does for the language model: where, how, and what a step costs. Counts start when the model is loaded on it. */
export interface GpuMetrics {
  readonly adapter: string;
  /** A software renderer, which computes on the CPU: correct but slow. */
  readonly isSoftware: boolean;
  readonly plan: 'fused' | 'unfused';
  /** The kernels the tuner picked, in words. */
  readonly variant: string;
  /** Milliseconds from a step's submit to its result, smoothed over steps that had the GPU to themselves; 0 before the first. */
  readonly stepMs: number;
  /** Bytes a step has to read, over `stepMs`; 0 before the first. */
  readonly gbPerSecond: number;
  /** Dispatches of one step of one stream. */
  readonly dispatches: number;
  /** Bytes of weights, keys and values that one step at a full window reads. */
  readonly bytesPerStep: number;
  readonly steps: number;
  readonly submits: number;
  readonly readBacks: number;
}

/** Counters of one session; times in milliseconds of wall clock unless named otherwise. */
export interface StreamMetrics {
  readonly frames: number;
  readonly steps: number;
  readonly audioSeconds: number;
  /** In the codec. */
  readonly mimiMs: number;
  /**
   * In the language model, on this thread. A step that several streams share counts for each with an equal share; on a
   * GPU this is the time to submit the steps, and `gpu.stepMs` the time they take there.
   */
  readonly lmMs: number;
  /** mimiMs + lmMs, or the GPU's steps · stepMs if that is more, over audio milliseconds: below 1 is faster than real time. */
  readonly rtf: number;
  /** Most frames that ever waited. */
  readonly peakBacklog: number;
  /** How often the session restarted the model and replayed the last seconds. */
  readonly recoveries: number;
  /** Bytes of WASM memory in use in the engine: weights, and the state of as many streams as were ever open at once. */
  readonly memoryBytes: number;
  /** Where the language model runs on a GPU. */
  readonly gpu?: GpuMetrics;
}
