/** Reads pause heads from another repository, with a short time limit, because a model works without them. */
import { SttError } from '../../errors.js';
import type { ByteSource } from '../../bytes/byte-source.js';
import type { ModelCache, ModelCacheOptions, RemoteFile } from '../../download/types.js';
import { openModelCache } from '../../download/model-cache.js';
import type { PauseSwitch } from '../../download/pause.js';
import { browserEnvironment as defaultEnvironment, type Environment } from '../../download/environment.js';

/** Milliseconds for each small request; time paused does not count. */
const TIMEOUT_MS = 8_000;
/** Few attempts: the next visit tries again. */
const ATTEMPTS = 2;

/**
 * Reads through a second cache with short time limits. If `use` succeeds, its reads are repeated through `cache`, which
 * finds them in the store and records them as part of the model. Rejects with `network`, or as `use` does.
 */
export async function withPauseHeads<T>(
  file: RemoteFile,
  use: (source: ByteSource) => Promise<T>,
  cache: ModelCache,
  options: ModelCacheOptions,
): Promise<T> {
  const { isOnline, sleep } = { ...defaultEnvironment(), ...options.environment };
  if (!isOnline() && !(await cache.storageStatus([file])).complete)
    throw new SttError('network', `${file.url}: the browser is offline`);
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
      () => undefined, // finished in time
    );
    try {
      return await work;
    } catch (cause) {
      signal?.throwIfAborted();
      throw SttError.from(cause, `${file.url}: was not downloaded within ${TIMEOUT_MS / 1000} s`, 'network');
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

/** Resolves after `ms` without a pause; rejects with an AbortError. */
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
