/** Buckets in the Cache API: one cache per bucket, one response per name. */
import { SttError } from '../errors.js';
import { isNamedByContent } from './cache-index.js';
import type { Bucket, Store } from './store.js';
import { verifiedPut } from './verified-put.js';

const PREFIX = 'kyutai-stt-model ';
/** Cache keys are URLs; this host does not exist. */
const KEY = 'https://kept.invalid/';

/** `estimate` is the StorageManager's. Rejects if the Cache API is blocked. */
export async function cacheStore(caches: CacheStorage, estimate: () => Promise<StorageEstimate>): Promise<Store> {
  await caches.keys(); // sandboxed frames and blocked cookies fail only at the first use
  return {
    kind: 'cache',
    persistent: true,
    whyNotPersistent: undefined,
    bucket: (name) => Promise.resolve(cacheBucket(caches, PREFIX + name)),
    bucketNames: async () => {
      const names = await caches.keys();
      return names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
    },
    remove: (name) => removeCache(caches, PREFIX + name),
    freeBytes: async () => {
      const { quota, usage } = await estimate();
      return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
    },
  };
}

/** The cache is opened for each call: writes through the handle of a deleted cache would be lost. */
function cacheBucket(caches: CacheStorage, cache: string): Bucket {
  const open = (): Promise<Cache> => caches.open(cache);
  const read: Bucket['read'] = async (name) => {
    const response = await caches.match(KEY + name, { cacheName: cache });
    return response === undefined ? undefined : new Uint8Array(await response.arrayBuffer());
  };
  return {
    read,
    names: async () => {
      // `open` would create the cache.
      if (!(await caches.has(cache))) return [];
      const requests = await (await open()).keys();
      return requests.map(({ url }) => url.slice(KEY.length));
    },
    write: async (name, bytes) => {
      const entry = { caches, cache, url: KEY + name };
      if (isNamedByContent(name)) return verifiedPut(entry, bytes);
      // The entry may still be the previous record, so compare the content: a few kB.
      await verifiedPut(entry, bytes, async () => isEqual(await read(name), bytes));
    },
    delete: async (name) => {
      if (await caches.has(cache)) await (await open()).delete(KEY + name);
    },
  };
}

/** Deletes a cache, or its entries one by one if the browser fails to delete it. */
async function removeCache(caches: CacheStorage, cache: string): Promise<void> {
  let cause: unknown;
  const deleted = await caches.delete(cache).catch((failure: unknown) => {
    cause = failure;
    return false;
  });
  if (deleted || !(await caches.has(cache))) return;
  const open = await caches.open(cache);
  try {
    for (const request of await open.keys()) await open.delete(request);
  } catch (failure) {
    cause = failure;
  }
  const { length } = await open.keys();
  if (length > 0) throw SttError.from(cause, `${cache}: ${length} entries cannot be deleted`);
}

function isEqual(found: Uint8Array | undefined, wanted: Uint8Array): boolean {
  return found?.length === wanted.length && found.every((byte, i) => byte === wanted[i]);
}
