/** The element's state machine: one status value, and a pure function from status and signal to the next status. */
import type { SttError } from '../errors.js';

/** What a `loading` element waits for: the download, the engine, or the source (permission for the microphone, decoding of a file). */
export type LoadPhase = 'download' | 'prepare' | 'source';

export type Status =
  /** No model is loaded. */
  | { readonly name: 'idle' }
  | {
      readonly name: 'loading';
      readonly phase: LoadPhase;
      /** Bytes. */
      readonly loaded: number;
      /** Bytes; 0 while unknown. */
      readonly total: number;
      /** Listening starts as soon as the model is loaded. */
      readonly startRequested: boolean;
      /** Audio flows already; it is kept until the model is ready. */
      readonly buffering?: boolean;
      /** That audio has ended; its words follow once the model is ready. */
      readonly stopped?: boolean;
      /** Of the download, where known. */
      readonly pace?: Pace;
    }
  /** The model is loaded, there is no stream. */
  | { readonly name: 'ready' }
  | { readonly name: 'listening' }
  | { readonly name: 'paused' }
  /** The audio has ended, the last words are still to come. */
  | { readonly name: 'finishing' }
  | {
      readonly name: 'failed';
      readonly error: SttError;
      /** The `start` call that failed; absent where the model failed outside a stream. */
      readonly attempt?: Attempt;
    };

/** What a `start` call listens to. */
export interface Attempt {
  /** Whether the same audio can be started again; false for a custom source, which is started once. */
  readonly isRepeatable: boolean;
  /** Whether `start` had an argument: without one, it listens to what the element's attributes name. */
  readonly isExplicit: boolean;
  /** The recording's name, where it has one. */
  readonly recording?: string | undefined;
}

export interface Pace {
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** The device is offline, or the server asked to wait. */
  readonly waiting?: boolean;
  /** Paused by `pause()`, perhaps in another tab. */
  readonly paused?: boolean;
}

export type StateName = Status['name'];

export const STATE_NAMES = [
  'idle',
  'loading',
  'ready',
  'listening',
  'paused',
  'finishing',
  'failed',
] as const satisfies readonly StateName[];

export type Signal =
  | { readonly type: 'load' }
  | { readonly type: 'start' }
  | {
      readonly type: 'progress';
      readonly phase: 'download' | 'prepare';
      readonly loaded: number;
      readonly total: number;
      readonly pace?: Pace;
    }
  /** The model is ready. */
  | { readonly type: 'loaded' }
  /** Audio flows before the model is ready. */
  | { readonly type: 'buffering' }
  /** The first audio was sent to the engine. */
  | { readonly type: 'opened' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  /** The audio has ended. */
  | { readonly type: 'stop' }
  /** The last word was transcribed. */
  | { readonly type: 'done' }
  | { readonly type: 'abort' }
  /** Nothing was recorded: only the model is wanted still. */
  | { readonly type: 'cancel-start' }
  | { readonly type: 'unload' }
  | { readonly type: 'failed'; readonly error: SttError; readonly attempt?: Attempt };

const IDLE: Status = { name: 'idle' };
const READY: Status = { name: 'ready' };

const loading = (phase: LoadPhase, startRequested: boolean): Status => ({
  name: 'loading',
  phase,
  loaded: 0,
  total: 0,
  startRequested,
});

/** The status after `signal`. Returns the same object for a signal that has no meaning in this status. */
export function next(status: Status, signal: Signal): Status {
  if (signal.type === 'unload') return status.name === 'idle' ? status : IDLE;
  if (signal.type === 'failed') return failed(status, signal);
  if (status.name === 'loading') return nextWhileLoading(status, signal);
  switch (`${status.name} ${signal.type}` as const) {
    case 'idle load':
    case 'failed load':
      return loading('download', false);
    case 'idle start':
    case 'failed start':
      return loading('download', true);
    case 'ready start':
      return loading('source', true);
    case 'listening pause':
      return { name: 'paused' };
    case 'paused resume':
      return { name: 'listening' };
    case 'listening stop':
    case 'paused stop':
      return { name: 'finishing' };
    case 'finishing done':
    case 'listening done': // the end of a file needs no stop
    case 'paused done':
    case 'listening abort':
    case 'paused abort':
    case 'finishing abort':
      return READY;
    default:
      return status;
  }
}

function nextWhileLoading(status: Extract<Status, { name: 'loading' }>, signal: Signal): Status {
  switch (signal.type) {
    case 'start':
      return { ...status, startRequested: true };
    case 'buffering':
      return status.phase === 'source' ? status : { ...status, buffering: true };
    case 'progress':
      // A late progress report must not replace the wait for the source.
      if (status.phase === 'source') return status;
      return {
        ...{
          name: 'loading',
          startRequested: status.startRequested,
          phase: signal.phase,
          loaded: signal.loaded,
          total: signal.total,
        },
        ...(signal.pace && { pace: signal.pace }),
        ...(status.buffering && { buffering: true }),
        ...(status.stopped && { stopped: true }),
      };
    case 'loaded':
      if (status.phase === 'source') return status;
      if (!status.startRequested) return READY;
      return { ...loading('source', true), ...(status.stopped && { stopped: true }) };
    case 'opened':
      if (status.phase !== 'source') return status;
      return status.stopped ? { name: 'finishing' } : { name: 'listening' };
    case 'done': // a recording that is too short for a word
      return status.phase === 'source' ? READY : status;
    case 'stop':
      if (status.buffering) return { ...status, buffering: false, stopped: true };
      return status.phase === 'source' ? READY : IDLE;
    case 'abort':
      return status.phase === 'source' ? READY : IDLE;
    case 'cancel-start':
      return status.phase === 'source' ? READY : { ...status, startRequested: false };
    default:
      return status;
  }
}

/** An engine may fail after a stream has: the button still belongs to the stream. */
function failed(before: Status, { error, attempt }: Extract<Signal, { type: 'failed' }>): Status {
  const of = attempt ?? (before.name === 'failed' ? before.attempt : undefined);
  return { name: 'failed', error, ...(of && { attempt: of }) };
}

/**
 * What the main button does after a failure: `load` the model again, `repeat` the `start` call, or `start` as if nothing had
 * failed, where the same audio would fail again.
 */
export function recoveryAction({ error, attempt }: Extract<Status, { name: 'failed' }>): 'load' | 'repeat' | 'start' {
  if (!attempt) return 'load';
  const isFinal = attempt.isExplicit && (error.code === 'audio-invalid' || error.code === 'invalid-argument');
  return isFinal || !attempt.isRepeatable ? 'start' : 'repeat';
}

/** What the main button does: nothing while `finishing`. */
export function pressAction(state: StateName): 'start' | 'stop' | undefined {
  switch (state) {
    case 'idle':
    case 'ready':
    case 'failed':
      return 'start';
    case 'loading':
    case 'listening':
    case 'paused':
      return 'stop';
    case 'finishing':
      return undefined;
  }
}

/** Whether audio has ended and waits for the model: the button drops it, and Escape leaves it alone. */
export function isStopped(status: Status): boolean {
  return status.name === 'loading' && status.stopped === true;
}

/** Whether audio is recorded before the model is ready. */
export function isHearing(status: Status): boolean {
  return status.name === 'loading' && status.buffering === true;
}

/** Whether audio is recorded, or its source is being opened. */
export function isRecording(status: Status): boolean {
  if (status.name !== 'loading') return status.name === 'listening';
  return isHearing(status) || (status.phase === 'source' && !status.stopped);
}
