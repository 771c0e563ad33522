import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cacheStore } from '../../../src/model/delivery/cache-store.js';

describe('cacheStore', () => {
  it('makes no shelf exist by looking at it, deleting from it or removing it', async () => {
    const caches = fakeCaches();
    const store = await cacheStore(caches, () => Promise.resolve({}));
    const shelf = await store.shelf('model');
    assert.deepEqual(await shelf.names(), []);
    assert.equal(await shelf.read('a'), undefined);
    await shelf.delete('a');
    assert.deepEqual(await store.shelves(), []);
    await shelf.write('a', Uint8Array.of(1, 2));
    assert.deepEqual(await store.shelves(), ['model']);
    assert.deepEqual([await shelf.names(), await shelf.read('a')], [['a'], Uint8Array.of(1, 2)]);
    await shelf.delete('a');
    assert.equal(await shelf.read('a'), undefined);
    await store.remove('model');
    await store.remove('model');
    assert.deepEqual(await store.shelves(), []);
  });
});

/** As a browser's: whoever opens a cache makes it. */
function fakeCaches(): CacheStorage {
  const all = new Map<string, Map<string, Response>>();
  const open = (name: string): Promise<Cache> => {
    const kept = all.get(name) ?? new Map<string, Response>();
    all.set(name, kept);
    return Promise.resolve({
      keys: () => Promise.resolve([...kept.keys()].map((url) => new Request(url))),
      match: (url: string) => Promise.resolve(kept.get(url)?.clone()),
      put: (url: string, response: Response) => Promise.resolve(void kept.set(url, response)),
      delete: (url: string) => Promise.resolve(kept.delete(url)),
    } as unknown as Cache);
  };
  return {
    open,
    has: (name) => Promise.resolve(all.has(name)),
    keys: () => Promise.resolve([...all.keys()]),
    delete: (name) => Promise.resolve(all.delete(name)),
    match: (url, options) =>
      Promise.resolve(
        all
          .get(options?.cacheName ?? '')
          ?.get(url as string)
          ?.clone(),
      ),
  };
}
