/** Named locks within one thread, for platforms without Web Locks: first come, first served. */
import { abortError } from '../errors.js';

/** Runs `work` while holding the lock `name`; rejects with an AbortError if `signal` aborts before the lock is granted. */
export type Lock = <T>(name: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>;

export function localLocks(): Lock {
  const tails = new Map<string, Promise<void>>();
  return async (name, signal, work) => {
    const before = tails.get(name);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    // An aborted waiter keeps its place in the queue: otherwise the next would run beside the current holder.
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
