/** The messages between a capture node and its processor on the audio thread. */
import type { WireError } from '../errors.js';
import type { Level } from './level.js';

/** The processor's registered name. */
export const CAPTURE_PROCESSOR = 'kyutai-stt-capture';

/** Node → processor. */
export type CaptureCommand =
  /** `port` is transferred: frames are posted on it from now on, those queued so far immediately. */
  | { readonly type: 'port'; readonly port: MessagePort }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Posts the remaining audio and `end`, then reports `ended`. */
  | { readonly type: 'end' }
  /** Posts nothing more. */
  | { readonly type: 'abort' };

/** Processor → node. */
export type CaptureReport =
  | { readonly type: 'level'; readonly level: Level }
  | { readonly type: 'silent'; readonly silent: boolean }
  /** The `end` message was posted to the worker, after every frame. */
  | { readonly type: 'ended' }
  /** The capture could not start, for example because the context's rate is unsupported. */
  | { readonly type: 'failed'; readonly error: WireError };
