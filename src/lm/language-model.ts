/** What any backend of the language model offers: one set of weights, many streams. */
import type { SttError } from '../errors.js';
import type { LmConfig } from '../model/config.js';
import type { GpuMetrics } from '../protocol/stream-events.js';

/** One step's answer. The arrays are views that the next step overwrites: copy what you keep. */
export interface LmResult {
  /** 0-based step of this stream; step 0 is the one fed the initial tokens. */
  readonly step: number;
  /** The greedy text token, 0 … textCard − 1. */
  readonly token: number;
  /** softmax(logits)[token], 0 … 1. */
  readonly probability: number;
  /** [pauseHeads] f32: probability that the speaker pauses for 0.5, 1, 2, 3 s. Empty if the model has no pause heads. */
  readonly pause: Float32Array;
}

export interface LmStream {
  /** Steps pushed so far. */
  readonly steps: number;
  /** Steps whose result has not reached the sink: on the CPU those that wait for a `flush`. */
  readonly pending: number;
  /**
   * Queues one step. `codes` [nQ] u32, one per codebook, copied; `null` feeds the initial audio tokens (only step 0
   * does). The text token fed back is the previous step's own. It runs at the model's next `flush`, or with `settled`,
   * or sooner. The result reaches the sink exactly once per call and in order: before `flush` returns on the CPU,
   * later on a GPU. Nothing is awaited per frame.
   */
  push(codes: Uint32Array | null): void;
  /** Resolves once every pushed step's result has reached the sink; rejects with the SttError that stopped one. */
  settled(): Promise<void>;
  /** Back to step 0 with an empty KV cache; memory is kept. */
  reset(): void;
  /** Gives the stream's memory back and drops what it has queued. The stream is dead afterwards. */
  close(): void;
}

export interface LanguageModel {
  readonly backend: 'wasm' | 'webgpu';
  readonly config: LmConfig;
  /** Resolves when what it runs on is gone and it can only be loaded anew. Absent where that cannot happen. */
  readonly lost?: Promise<SttError>;
  /** Counters of the GPU it runs on; absent on the CPU. */
  gpu?(): GpuMetrics;
  /** A new stream with its own KV ring over the shared weights. */
  open(sink: (result: LmResult) => void): LmStream;
  /**
   * Runs the steps that streams have queued, those of several streams together: the weights are read once for all.
   * What stops one stream is told by its next `push` and by `settled`; what is thrown here has stopped them all.
   */
  flush(): void;
  dispose(): void;
}
