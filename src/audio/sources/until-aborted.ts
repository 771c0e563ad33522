/** Settles as `work` does, or rejects with the signal's reason as soon as it aborts; a later result of `work` is ignored. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const finished = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { signal: finished.signal });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    finished.abort();
  }
}
