/** What delivery needs of the thread it runs in: a page, either worker, or a test that brings its own. */
import { abortError } from '../bytes/abort.js';
import { localLocks, type Lock } from './local-locks.js';
import { sha256 } from './sha256.js';

export interface Environment {
  readonly fetch: typeof fetch;
  readonly lock: Lock;
  /** Tells other threads of this origin, and hears them. */
  readonly channel: (name: string, hear: (message: unknown) => void) => Channel;
  /** Resolves after `ms`; rejects with an AbortError. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Milliseconds, of any beginning. */
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

/** What this thread offers. */
export function browserEnvironment(): Environment {
  return {
    fetch: (input, init) => fetch(input, init),
    lock: webLocks() ?? LOCAL,
    channel: broadcastChannel,
    sleep,
    now: () => performance.now(),
    random: () => Math.random(),
    // Node's navigator does not say, and no answer is not "offline".
    isOnline: () => !('navigator' in globalThis && (navigator as { onLine?: boolean }).onLine === false),
    sha256,
  };
}

const LOCAL = localLocks();

/** Plain HTTP and Node have no Web Locks; sandboxed frames have them and refuse. */
function webLocks(): Lock | undefined {
  if (!('navigator' in globalThis) || !('locks' in navigator)) return undefined;
  return async (name, signal, work) => {
    let begun = false as boolean;
    try {
      return await navigator.locks.request(name, { signal }, () => {
        begun = true;
        return work();
      });
    } catch (cause) {
      const refused = cause instanceof DOMException && cause.name === 'SecurityError';
      if (refused && !begun) return LOCAL(name, signal, work);
      throw cause;
    }
  };
}

function broadcastChannel(name: string, hear: (message: unknown) => void): Channel {
  if (!('BroadcastChannel' in globalThis)) return { post: () => undefined, close: () => undefined };
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => hear(data);
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
