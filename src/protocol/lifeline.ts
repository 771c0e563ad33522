/** Detects that the other end of a port is gone: a MessagePort does not report it, a Web Lock does. */
import { SttError } from '../errors.js';
import { lifelineLock } from './lock-names.js';

export interface Lifeline {
  /** Sent to the other end, which waits for the lock of this name. */
  readonly name: string;
  /** Releases the lock, as the browser does when the thread ends. */
  release(): void;
}

/**
 * Holds a lock with a unique name. Undefined where there are no Web Locks (plain HTTP), or where they are refused (a
 * sandboxed frame).
 */
export async function holdLifeline(): Promise<Lifeline | undefined> {
  if (!('locks' in navigator)) return undefined;
  const name = lifelineLock();
  return new Promise((resolve, reject) => {
    // The lock is held for as long as the promise returned here is pending.
    const held = (): Promise<void> => new Promise((release) => resolve({ name, release }));
    navigator.locks.request(name, held).catch((cause: unknown) => {
      if (isSecurityError(cause)) resolve(undefined);
      else reject(SttError.from(cause, `The Web Lock ${name}`));
    });
  });
}

/** Calls `gone` once the holder of the lock `name` releases it or dies, unless `signal` aborts before. */
export function watchLifeline(name: string, gone: () => void, signal: AbortSignal): void {
  if (!('locks' in navigator) || signal.aborted) return;
  // Shared, so that a frozen watcher does not block the others.
  navigator.locks
    .request(name, { mode: 'shared', signal }, () => {
      if (!signal.aborted) gone();
    })
    .catch((cause: unknown) => {
      if (!signal.aborted) console.warn(`Waiting for the Web Lock ${name} failed: ${String(cause)}`);
    });
}

function isSecurityError(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'SecurityError';
}
