/** The interface of the language model's backends: one set of weights, many streams. */
import type { SttError } from '../errors.js';
import type { LmConfig } from '../model/config.js';
import type { GpuMetrics } from '../protocol/stream-events.js';

/** The result of one step. The arrays are views that the next step overwrites: copy what you keep. */
export interface LmResult {
  /** 0-based step of this stream; step 0 is fed the initial tokens. */
  readonly step: number;
  /** The text token, 0 … textCard − 1: the greedy one, or a piece of a phrase that is preferred. */
  readonly token: number;
  /** softmax(logits)[token], 0 … 1. */
  readonly probability: number;
  /** [pauseHeads] f32: probability that the speaker pauses for 0.5, 1, 2, 3 s. Empty if the model has no pause heads. */
  readonly pause: Float32Array;
}

export interface LmStream {
  /** Steps pushed so far. */
  readonly steps: number;
  /** Steps whose result has not reached the sink; on the CPU, those that wait for a `flush`. */
  readonly pending: number;
  /**
   * Queues one step, fed with `codes` [nQ] u32, one per codebook, copied, and the text token of the previous step;
   * `null` feeds the initial audio tokens (step 0 only). The step runs at the model's next `flush` or `settled`, or
   * sooner. Results reach the sink once per step and in order: before `flush` returns on the CPU, later on a GPU.
   */
  push(codes: Uint32Array | null): void;
  /** Resolves once the results of all pushed steps have reached the sink; rejects with the SttError that stopped the stream. */
  settled(): Promise<void>;
  /** Prefers phrases from the next step on: a table of `phraseTable`. */
  prefer(phrases: Uint32Array<ArrayBuffer>): void;
  /** Returns to step 0 with an empty KV cache; keeps the memory. */
  reset(): void;
  /** Frees the stream's memory and drops its queued steps. The stream cannot be used afterwards. */
  close(): void;
}

export interface LanguageModel {
  readonly backend: 'wasm' | 'webgpu';
  readonly config: LmConfig;
  /** Resolves when the device is lost for good and the model must be loaded again. Absent where that cannot happen. */
  readonly lost?: Promise<SttError>;
  /** Metrics of its GPU; absent on the CPU. */
  gpu?(): GpuMetrics;
  /** Opens a stream with its own KV ring over the shared weights. */
  open(sink: (result: LmResult) => void): LmStream;
  /**
   * Runs the queued steps, those of several streams together, so that the weights are read once for all of them.
   * A failure of one stream is reported by its next `push` and `settled`; an error thrown here stops all streams.
   */
  flush(): void;
  dispose(): void;
}
