/** Writes to the Cache API and verifies that the entry is there: browsers resolve `put` for entries they do not store. */

import { isQuotaExceeded } from './store.js';

/** Whether an entry was stored. Called after each `put`; must not read a large body. */
export type IsStored = () => Promise<boolean>;

export interface CacheEntry {
  readonly caches: CacheStorage;
  /** The cache's name. */
  readonly cache: string;
  /** The entry's URL. */
  readonly url: string;
}

/**
 * Puts `body` and repairs the cache where it was not stored. Rejects with `QuotaExceededError`, or with an Error where
 * the browser stores nothing.
 */
export async function verifiedPut(
  place: CacheEntry,
  body: BodyInit,
  isStored: IsStored = () => isListed(place),
): Promise<void> {
  const { caches, cache, url } = place;
  let failure: unknown;
  const put = async (): Promise<boolean> => {
    try {
      await (await caches.open(cache)).put(url, new Response(body));
      return await isStored();
    } catch (cause) {
      if (isQuotaExceeded(cause)) throw cause;
      failure = cause;
      return false;
    }
  };
  if (await put()) return;
  const repaired = await oneByOne(cache, async () => {
    for (const repair of [recreateIfEmpty, deleteEntry])
      if ((await repair(place).catch(() => false)) && (await put())) return true;
    return false;
  });
  if (repaired) return;
  const why = failure instanceof Error ? `: ${failure.message}` : '';
  throw new Error(`the browser stores nothing under ${url}${why}`, { cause: failure });
}

const repairs = new Map<string, Promise<unknown>>();

/** One that finds the cache empty must not delete what another has just stored. */
function oneByOne<T>(cache: string, work: () => Promise<T>): Promise<T> {
  const done = (repairs.get(cache) ?? Promise.resolve()).then(work, work);
  repairs.set(cache, done);
  return done;
}

/**
 * `keys` and not `match`: WebKit sends the whole body along with a match (8 ms for 4 MB; a listing takes 0.2 ms). The
 * cache is opened again because a handle lists its own entries even after another tab has deleted the cache.
 */
async function isListed({ caches, cache, url }: CacheEntry): Promise<boolean> {
  const requests = await (await caches.open(cache)).keys(url);
  return requests.some((request) => request.url === url);
}

/**
 * WebKit, in a session that keeps nothing, loses the entries of a cache when the last window of the origin is closed, but
 * still lists the cache and ignores every `put` under a name that was there. Deleting the cache cures all its names at once.
 */
async function recreateIfEmpty({ caches, cache }: CacheEntry): Promise<boolean> {
  const requests = await (await caches.open(cache)).keys();
  return requests.length === 0 && (await caches.delete(cache));
}

/** Cures one name, for a cache that holds others or cannot be deleted. The entry need not exist. */
async function deleteEntry({ caches, cache, url }: CacheEntry): Promise<boolean> {
  await (await caches.open(cache)).delete(url);
  return true;
}
