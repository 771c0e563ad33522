/** Everything that can happen in a stream, from the engine's session to the page: one union, posted as it is emitted. */
import type { WireError } from '../errors.js';

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
  /** How often a long stream's model started again with an empty context, in a pause. */
  readonly refreshes: number;
  /** Bytes of WASM memory in use in the engine: weights, and the state of as many streams as were ever open at once. */
  readonly memoryBytes: number;
  /** Where the language model runs on a GPU. */
  readonly gpu?: GpuMetrics;
}

/** A change of the transcript. */
export type TranscriptEvent =
  /** The unfinished last word so far; its text may only grow, then it becomes a `word`. */
  | { readonly type: 'partial'; readonly text: string; readonly start: number }
  /** A finished word: its text never changes. */
  | { readonly type: 'word'; readonly word: WireWord }
  /** The definite end of an earlier word, in seconds: where its speech ends. Once for each word. */
  | { readonly type: 'word-end'; readonly index: number; readonly end: number }
  /** All words of the turn are out: the utterance is final. */
  | { readonly type: 'final' };

/** What happens in a stream, in order. `end` or `error` is the last event; an aborted stream emits neither. */
export type StreamEvent =
  | TranscriptEvent
  /** The pause heads say the speaker is done at `time` seconds. Words spoken before it may still come, then `final`. */
  | { readonly type: 'turn'; readonly time: number; readonly probability: number }
  /** The model went wrong for `reason` and was restarted; it processes the audio from `since` seconds on again. Earlier words stay. */
  | { readonly type: 'recovery'; readonly reason: Recovery; readonly since: number }
  /** Seconds of audio that wait: emitted when they pass one second, for each further second, and 0 once caught up. */
  | { readonly type: 'backlog'; readonly seconds: number }
  | { readonly type: 'end'; readonly metrics: StreamMetrics }
  | { readonly type: 'error'; readonly error: WireError };

/** For the audio source, which paces itself by it: frames up to and including `index` (0-based) are transcribed. */
export interface ConsumedEvent {
  readonly type: 'consumed';
  readonly index: number;
}

/** What a session emits: events for the page, and those for its audio source. */
export type SessionEvent = StreamEvent | ConsumedEvent;
