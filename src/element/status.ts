/** The whole life of the element as one value, changed by one pure function. */
import type { SttError } from '../errors.js';

/** What a `loading` element waits for: bytes, the engine, or the sound (the microphone's permission, a file's decoding). */
export type LoadPhase = 'download' | 'prepare' | 'source';

export type Status =
  /** No model is held. */
  | { readonly name: 'idle' }
  /** `wanted`: listening begins as soon as the model is in. Bytes; `total` is 0 while it is unknown. */
  | {
      readonly name: 'loading';
      readonly phase: LoadPhase;
      readonly loaded: number;
      readonly total: number;
      readonly wanted: boolean;
      /** Sound flows already, and waits. */
      readonly hearing?: boolean;
      /** While it is downloaded, as far as it is known. */
      readonly pace?: Pace;
    }
  /** The model is in, nobody is listened to. */
  | { readonly name: 'ready' }
  | { readonly name: 'listening' }
  | { readonly name: 'paused' }
  /** The sound has ended, the last words are on their way. */
  | { readonly name: 'finishing' }
  | { readonly name: 'failed'; readonly error: SttError };

export interface Pace {
  readonly bytesPerSecond?: number;
  readonly secondsLeft?: number;
  /** For the network, or for a server that asked for patience. */
  readonly waiting?: boolean;
  /** Until somebody lets it go on. */
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
  /** The model is in. */
  | { readonly type: 'loaded' }
  /** Sound flows while the model is put in place. */
  | { readonly type: 'hearing' }
  /** The first sound is on its way to the engine. */
  | { readonly type: 'opened' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'stop' }
  /** The last word is out. */
  | { readonly type: 'done' }
  | { readonly type: 'abort' }
  | { readonly type: 'unload' }
  | { readonly type: 'failed'; readonly error: SttError };

const IDLE: Status = { name: 'idle' };
const READY: Status = { name: 'ready' };

const loading = (phase: LoadPhase, wanted: boolean): Status => ({
  name: 'loading',
  phase,
  loaded: 0,
  total: 0,
  wanted,
});

/** The status after `signal`. A signal that makes no sense here returns the same object. */
export function next(status: Status, signal: Signal): Status {
  if (signal.type === 'unload') return status.name === 'idle' ? status : IDLE;
  if (signal.type === 'failed') return { name: 'failed', error: signal.error };
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
    case 'listening done': // a file may end before anyone says stop
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
      return { ...status, wanted: true };
    case 'hearing':
      return status.phase === 'prepare' ? { ...status, hearing: true } : status;
    case 'progress':
      // A late report of the model must not overwrite the wait for the microphone.
      if (status.phase === 'source') return status;
      return {
        ...{ name: 'loading', wanted: status.wanted, phase: signal.phase, loaded: signal.loaded, total: signal.total },
        ...(signal.pace && { pace: signal.pace }),
        ...(status.hearing && { hearing: true }),
      };
    case 'loaded':
      if (status.phase === 'source') return status;
      return status.wanted ? loading('source', true) : READY;
    case 'opened':
      return status.phase === 'source' ? { name: 'listening' } : status;
    case 'done': // a recording too short to say anything
      return status.phase === 'source' ? READY : status;
    case 'stop':
    case 'abort':
      return status.phase === 'source' ? READY : IDLE;
    default:
      return status;
  }
}

/** What the one button does. While the last words come it does nothing. */
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
