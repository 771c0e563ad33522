/** How either end of a port learns that the other is gone: a port says nothing when its thread dies, a Web Lock does. */
import { SttError } from '../errors.js';

export interface Lifeline {
  /** Sent to the other end, which waits for the lock of this name. */
  readonly name: string;
  /** Lets the lock go, as the browser does when the thread ends. */
  release(): void;
}

/**
 * A lock of a name nobody else has, already held. Undefined where there are no Web Locks (plain HTTP), or where they are
 * refused (a sandboxed frame).
 */
export async function holdLifeline(): Promise<Lifeline | undefined> {
  if (!('locks' in navigator)) return undefined;
  const name = `kyutai-stt ${crypto.randomUUID()}`;
  return new Promise((resolve, reject) => {
    // The lock is held for as long as the promise returned here is pending.
    const held = (): Promise<void> => new Promise((release) => resolve({ name, release }));
    navigator.locks.request(name, held).catch((cause: unknown) => {
      if (isSecurityError(cause)) resolve(undefined);
      else reject(SttError.from(cause, `The Web Lock ${name}`));
    });
  });
}

/** Calls `gone` once whoever holds the lock `name` lets go of it or dies, unless `signal` aborts before. */
export function watchLifeline(name: string, gone: () => void, signal: AbortSignal): void {
  if (!('locks' in navigator) || signal.aborted) return;
  // Shared, so that of several who wait a frozen one keeps nobody from being told.
  navigator.locks
    .request(name, { mode: 'shared', signal }, () => {
      if (!signal.aborted) gone();
    })
    .catch((cause: unknown) => {
      if (!signal.aborted) console.warn(`The Web Lock ${name} cannot be waited for: ${String(cause)}`);
    });
}

function isSecurityError(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'SecurityError';
}
