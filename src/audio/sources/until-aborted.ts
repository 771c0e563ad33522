/** Waiting that a signal can cut short. */

/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts; what `work` does later is ignored. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const finished = new AbortController();
  const cut = new Promise<never>((_, reject) => {
    const refuse = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { signal: finished.signal });
  });
  try {
    return await Promise.race([cut, work]);
  } finally {
    finished.abort();
  }
}
