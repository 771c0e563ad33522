/** The messages between a capture node and its processor on the audio thread. */
import type { WireError } from '../errors.js';
import type { Level } from './level.js';

/** The processor's registered name. */
export const CAPTURE_PROCESSOR = 'kyutai-stt-capture';

/** Node → processor. */
export type CaptureCommand =
  /** `port` is transferred: frames leave on it from now on, and those made before it came follow at once. */
  | { readonly type: 'port'; readonly port: MessagePort }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** Says everything that was heard and `end`, then answers `ended`. */
  | { readonly type: 'end' }
  /** Says nothing more. */
  | { readonly type: 'abort' };

/** Processor → node. */
export type CaptureReport =
  | { readonly type: 'level'; readonly level: Level }
  | { readonly type: 'silent'; readonly silent: boolean }
  /** The `end` message is on its way to the worker, behind every frame. */
  | { readonly type: 'ended' }
  /** The capture could not begin, as with a context at a rate no filter is made for. */
  | { readonly type: 'failed'; readonly error: WireError };
