/** The platform functions that downloads use, replaceable in tests: network, locks, channels, clock, randomness, hashing. */
import { abortError } from '../errors.js';
import { localLocks, type Lock } from './local-locks.js';
import { sha256 } from './sha256.js';

export interface Environment {
  readonly fetch: typeof fetch;
  readonly lock: Lock;
  /** Sends to and receives from other threads of this origin. */
  readonly channel: (name: string, onMessage: (message: unknown) => void) => Channel;
  /** Resolves after `ms`; rejects with an AbortError. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds since an arbitrary start. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly isOnline: () => boolean;
  /** Lower-case hex. */
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
}

export interface Channel {
  post(message: unknown): void;
  close(): void;
}

/** The functions of this thread: a page, a worker, or Node. */
export function browserEnvironment(): Environment {
  return {
    fetch: (input, init) => fetch(input, init),
    lock: webLocks() ?? LOCAL,
    channel: broadcastChannel,
    sleep,
    now: () => performance.now(),
    random: () => Math.random(),
    // Node's navigator lacks `onLine`, which does not mean offline.
    isOnline: () => !('navigator' in globalThis && (navigator as { onLine?: boolean }).onLine === false),
    sha256,
  };
}

const LOCAL = localLocks();

/** Undefined on plain HTTP and in Node. Sandboxed frames have Web Locks that throw. */
function webLocks(): Lock | undefined {
  if (!('navigator' in globalThis) || !('locks' in navigator)) return undefined;
  return async (name, signal, work) => {
    let started = false as boolean;
    try {
      return await navigator.locks.request(name, { signal }, () => {
        started = true;
        return work();
      });
    } catch (cause) {
      const isBlocked = cause instanceof DOMException && cause.name === 'SecurityError';
      if (isBlocked && !started) return LOCAL(name, signal, work);
      throw cause;
    }
  };
}

function broadcastChannel(name: string, onMessage: (message: unknown) => void): Channel {
  if (!('BroadcastChannel' in globalThis)) return { post: () => undefined, close: () => undefined };
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => onMessage(data);
  return { post: (message) => channel.postMessage(message), close: () => channel.close() };
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(abortError('waiting'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
