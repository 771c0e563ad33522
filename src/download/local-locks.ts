/** Locks among those who share this function, where the platform has none: first come, first served. */
import { abortError } from '../bytes/abort.js';
import type { Environment } from './environment.js';

export function localLocks(): Environment['lock'] {
  const tails = new Map<string, Promise<void>>();
  return async (name, signal, work) => {
    const before = tails.get(name);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    // Who gives up waiting keeps its place in the line, or the next would run beside the one before.
    const tail = (before ?? Promise.resolve()).then(() => held);
    tails.set(name, tail);
    void tail.then(() => {
      if (tails.get(name) === tail) tails.delete(name);
    });
    try {
      await turn(before, signal);
      return await work();
    } finally {
      release();
    }
  };
}

function turn(before: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortError('waiting'));
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    void (before ?? Promise.resolve()).then(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
  });
}
