/** Messages between a page and the worker that verifies a model for it. */
import type { WireError } from '../errors.js';

/** Page → worker, once. */
export interface VerifyMessage {
  readonly type: 'verify';
  /** What the element's `model` takes, or a GGUF of ours and its further shards. */
  readonly model: string | readonly File[];
  /** The page's URL, against which `model` is resolved. */
  readonly page: string;
  /** Whether to check the GPU too, where there is one. */
  readonly gpu: boolean;
  /** URLs of references, in the format of reference/README.md; the one that fits the model is used. */
  readonly references: readonly string[];
}

/** Page → worker: the recording that it asked for. */
export interface AudioMessage {
  readonly type: 'audio';
  /** [n] f32 at the rate that was asked for. */
  readonly samples: Float32Array;
}

export type ToVerifier = VerifyMessage | AudioMessage;

/** Worker → page. */
export type FromVerifier =
  | { readonly type: 'progress'; readonly stage: string; readonly done: number; readonly total: number }
  /** Asks for a recording, decoded at this rate. */
  | { readonly type: 'audio'; readonly url: string; readonly sampleRate: number }
  /** `report`: text with newlines. */
  | { readonly type: 'done'; readonly passed: boolean; readonly report: string }
  | { readonly type: 'failed'; readonly error: WireError };
