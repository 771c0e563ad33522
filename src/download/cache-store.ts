/** Shelves in the Cache API: one cache a shelf, one response a name. */
import { SttError } from '../errors.js';
import { isNamedByContent } from './cache-index.js';
import type { Bucket, Store } from './store.js';
import { verifiedPut } from './verified-put.js';

const PREFIX = 'kyutai-stt-model ';
/** Cache keys are URLs; this one leads nowhere. */
const KEY = 'https://kept.invalid/';

/** `estimate` is the StorageManager's. Rejects where the Cache API is refused. */
export async function cacheStore(caches: CacheStorage, estimate: () => Promise<StorageEstimate>): Promise<Store> {
  await caches.keys(); // a sandboxed frame or a blocked cookie shows only when it is used
  return {
    kind: 'cache',
    persistent: true,
    why: undefined,
    shelf: (name) => Promise.resolve(cacheShelf(caches, PREFIX + name)),
    shelves: async () => {
      const names = await caches.keys();
      return names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
    },
    remove: (name) => removeCache(caches, PREFIX + name),
    free: async () => {
      const { quota, usage } = await estimate();
      return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
    },
  };
}

/** The cache is opened for each call: a cache that was deleted under its handle would swallow what is written to it. */
function cacheShelf(caches: CacheStorage, cache: string): Bucket {
  const open = (): Promise<Cache> => caches.open(cache);
  const read: Bucket['read'] = async (name) => {
    const response = await caches.match(KEY + name, { cacheName: cache });
    return response === undefined ? undefined : new Uint8Array(await response.arrayBuffer());
  };
  return {
    read,
    names: async () => {
      // Looking must not make a shelf exist.
      if (!(await caches.has(cache))) return [];
      const requests = await (await open()).keys();
      return requests.map(({ url }) => url.slice(KEY.length));
    },
    write: async (name, bytes) => {
      const place = { caches, cache, url: KEY + name };
      if (isNamedByContent(name)) return verifiedPut(place, bytes);
      // What is there may be what was there before. Records have a few kB.
      await verifiedPut(place, bytes, async () => isEqual(await read(name), bytes));
    },
    delete: async (name) => {
      if (await caches.has(cache)) await (await open()).delete(KEY + name);
    },
  };
}

/** Deletes a cache, or its entries one by one where the browser does not delete it. */
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
