/** The way to pause heads in another repository: a model waits for them only so long, because it works without. */
import { SttError } from '../../errors.js';
import type { ByteSource } from '../../bytes/byte-source.js';
import type { ModelCache, ModelCacheOptions, RemoteFile } from '../../download/types.js';
import { openModelCache } from '../../download/model-cache.js';
import type { PauseSwitch } from '../../download/pause.js';
import { browserEnvironment as defaultEnvironment, type Environment } from '../../download/environment.js';

/** Milliseconds for each small request, or for a server that is not there, while nobody holds the download. */
const TIMEOUT_MS = 8_000;
/** After so many in vain there is still the next visit. */
const ATTEMPTS = 2;

/**
 * What `use` reads is brought by a depot of little patience. Once `use` has made something of it, it is read through
 * `depot` too, which finds it in the store and counts it among what the model is made of: what was of no use is not
 * kept. Rejects with `network`, or as `use` does.
 */
export async function withPauseHeads<T>(
  file: RemoteFile,
  use: (source: ByteSource) => Promise<T>,
  cache: ModelCache,
  options: ModelCacheOptions,
): Promise<T> {
  const { isOnline, sleep } = { ...defaultEnvironment(), ...options.environment };
  if (!isOnline() && !(await cache.storageStatus([file])).complete)
    throw new SttError('network', `${file.url}: there is no network`);
  const { store, signal, environment } = options;
  const hasty = openModelCache(cache.key, {
    store,
    pauseSwitch: cache.pauseSwitch,
    attempts: ATTEMPTS,
    stallMs: TIMEOUT_MS / 2,
    ...(signal && { signal }),
    ...(environment && { environment }),
  });
  const inTime = async <R>(work: Promise<R>): Promise<R> => {
    const over = new AbortController();
    openFor(TIMEOUT_MS, cache.pauseSwitch, sleep, over.signal).then(
      () => hasty.close(),
      () => undefined, // it came in time
    );
    try {
      return await work;
    } catch (cause) {
      signal?.throwIfAborted();
      throw SttError.from(cause, `${file.url}: did not come within ${TIMEOUT_MS / 1000} s`, 'network');
    } finally {
      over.abort();
    }
  };
  try {
    const first = await inTime(hasty.openSparse(file));
    const reads: (readonly [number, number])[] = [];
    const result = await use({
      name: first.name,
      size: first.size,
      read: (offset, length) => {
        reads.push([offset, length]);
        return inTime(first.read(offset, length));
      },
    });
    const counted = await cache.openSparse(file);
    for (const [offset, length] of reads) await counted.read(offset, length);
    return result;
  } finally {
    hasty.close();
  }
}

/** Resolves once the gate has been open for `ms` on end; rejects with an AbortError. */
async function openFor(
  ms: number,
  pauseSwitch: PauseSwitch,
  sleep: Environment['sleep'],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await pauseSwitch.whenRunning(signal);
    const { pauseSignal } = pauseSwitch;
    const cut = new AbortController();
    const stop = (): void => cut.abort();
    for (const each of [signal, pauseSignal]) each.addEventListener('abort', stop, { once: true });
    try {
      await sleep(ms, cut.signal);
      return;
    } catch {
      signal.throwIfAborted();
    } finally {
      for (const each of [signal, pauseSignal]) each.removeEventListener('abort', stop);
    }
  }
}
