/** Tells a worker that its page is gone: a port says nothing when its tab is closed, a Web Lock does. */

export interface Lifeline {
  /** Sent to the worker, which waits for the lock of this name. */
  readonly name: string;
  /** Lets the lock go, as the browser does when the page ends. */
  release(): void;
}

/** A lock of a name nobody else has, already held. Undefined where the page has no Web Locks (plain HTTP). */
export async function holdLifeline(): Promise<Lifeline | undefined> {
  if (!('locks' in navigator)) return undefined;
  const name = `kyutai-stt ${crypto.randomUUID()}`;
  return new Promise((resolve, reject) => {
    // The lock is held for as long as the promise returned here is pending.
    const held = (): Promise<void> => new Promise((release) => resolve({ name, release }));
    navigator.locks.request(name, held).catch(reject);
  });
}
