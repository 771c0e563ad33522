/** Shelves in the Cache API: one cache a shelf, one response a name. */
import type { Shelf, Store } from './store.js';

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
    remove: async (name) => {
      await caches.delete(PREFIX + name);
    },
    free: async () => {
      const { quota, usage } = await estimate();
      return quota === undefined || usage === undefined ? undefined : Math.max(0, quota - usage);
    },
  };
}

/** Opened anew each time: a cache that was deleted under its handle would swallow what is written to it. */
function cacheShelf(caches: CacheStorage, cache: string): Shelf {
  const open = (): Promise<Cache> => caches.open(cache);
  return {
    names: async () => {
      // Looking must not make a shelf exist.
      if (!(await caches.has(cache))) return [];
      const requests = await (await open()).keys();
      return requests.map(({ url }) => url.slice(KEY.length));
    },
    read: async (name) => {
      const response = await caches.match(KEY + name, { cacheName: cache });
      return response === undefined ? undefined : new Uint8Array(await response.arrayBuffer());
    },
    write: async (name, bytes) => {
      await (await open()).put(KEY + name, new Response(bytes));
    },
    delete: async (name) => {
      if (await caches.has(cache)) await (await open()).delete(KEY + name);
    },
  };
}
