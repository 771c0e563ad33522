import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openStore } from '../../../src/download/open-store.js';

describe('openStore', () => {
  it('falls back to memory without a Cache API, and reports it', async () => {
    const store = await openStore({ caches: undefined });
    assert.deepEqual([store.kind, store.persistent], ['memory', false]);
    assert.match(store.whyNotPersistent ?? '', /the Cache API is missing/);
    const bucket = await store.bucket('model');
    const bytes = Uint8Array.of(1, 2, 3);
    await bucket.write('a', bytes);
    bytes[0] = 9;
    assert.deepEqual(await bucket.read('a'), Uint8Array.of(1, 2, 3));
    assert.deepEqual(await store.bucketNames(), ['model']);
    await store.remove('model');
    assert.deepEqual(await store.bucketNames(), []);
  });

  it('falls back to memory if the Cache API is blocked, and reports why', async () => {
    const refuse = (): Promise<never> => Promise.reject(new DOMException('not in a sandbox', 'SecurityError'));
    const caches = { keys: refuse, open: refuse, has: refuse, match: refuse, delete: refuse };
    const store = await openStore({ caches });
    assert.equal(store.kind, 'memory');
    assert.match(store.whyNotPersistent ?? '', /blocks storage: not in a sandbox/);
  });

  it('falls back to memory if access to `caches` throws, as in a sandboxed frame', async () => {
    const refused = (): never => {
      throw new DOMException('disabled inside data: URLs', 'SecurityError');
    };
    Object.defineProperty(globalThis, 'caches', { get: refused, configurable: true });
    try {
      const store = await openStore();
      assert.equal(store.kind, 'memory');
      assert.match(store.whyNotPersistent ?? '', /disabled inside data/);
    } finally {
      Reflect.deleteProperty(globalThis, 'caches');
    }
  });

  it('reports the free space if the browser does', async () => {
    const keys = (): Promise<readonly string[]> => Promise.resolve([]);
    const caches = { keys } as unknown as CacheStorage;
    const storage = (estimate: StorageEstimate): { estimate: () => Promise<StorageEstimate> } => ({
      estimate: () => Promise.resolve(estimate),
    });
    const known = await openStore({ caches, storage: storage({ quota: 100, usage: 30 }) });
    assert.equal(await known.freeBytes(), 70);
    const unknown = await openStore({ caches, storage: storage({}) });
    assert.equal(await unknown.freeBytes(), undefined);
  });

  it('works if the free space is unknown', async () => {
    const caches = { keys: () => Promise.resolve([]) } as unknown as CacheStorage;
    assert.equal(await (await openStore({ caches, storage: {} })).freeBytes(), undefined);
    const estimate = (): Promise<never> => Promise.reject(new TypeError('Internal error'));
    assert.equal(await (await openStore({ caches, storage: { estimate } })).freeBytes(), undefined);
  });
});
