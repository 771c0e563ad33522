import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { cacheStore } from '../../../src/download/cache-store.js';
import { isQuotaExceeded, type Bucket, type Store } from '../../../src/download/store.js';
import { seeded } from '../../hub/random.js';
import { fakeCaches, type FakeCaches } from './fake-caches.js';

/** Names of chunks, which contain the hash of their content. */
const CHUNK = `id/edition/0.2.${'0'.repeat(64)}`;
const OTHER = `id/edition/1.2.${'1'.repeat(64)}`;
const RECORD = 'id/version';
const [body, older] = [Uint8Array.of(1, 2), Uint8Array.of(3)];

describe('cacheStore', () => {
  let caches: FakeCaches;
  let store: Store;
  let bucket: Bucket;
  beforeEach(async () => {
    caches = fakeCaches();
    store = await cacheStore(caches, () => Promise.resolve({}));
    bucket = await store.bucket('model');
  });

  it('does not create a bucket by listing, deleting or removing', async () => {
    assert.deepEqual(await bucket.names(), []);
    assert.equal(await bucket.read('a'), undefined);
    await bucket.delete('a');
    assert.deepEqual(await store.bucketNames(), []);
    await bucket.write('a', Uint8Array.of(1, 2));
    assert.deepEqual(await store.bucketNames(), ['model']);
    assert.deepEqual([await bucket.names(), await bucket.read('a')], [['a'], Uint8Array.of(1, 2)]);
    await bucket.delete('a');
    assert.equal(await bucket.read('a'), undefined);
    await store.remove('model');
    await store.remove('model');
    assert.deepEqual(await store.bucketNames(), []);
  });

  it('verifies a chunk by listing its one name, without reading a body', async () => {
    await bucket.write(CHUNK, body);
    assert.deepEqual(Object.fromEntries(caches.calls), { keys: 1, open: 2, 'cache.put': 1, 'cache.keys': 1 });
    assert.deepEqual(caches.bodiesRead, []);
  });

  it('stores entries again after the browser has lost them', async () => {
    for (const name of [CHUNK, OTHER, RECORD]) await bucket.write(name, older);
    caches.leave();
    for (const name of [CHUNK, OTHER, RECORD]) await bucket.write(name, body);
    assert.deepEqual((await bucket.names()).sort(), [CHUNK, OTHER, RECORD].sort());
    for (const name of [CHUNK, OTHER, RECORD]) assert.deepEqual(await bucket.read(name), body);
    assert.equal(caches.calls.get('delete'), 1, 'the cache is deleted once');
  });

  it('keeps all concurrent writes when the browser has lost earlier entries', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `id/edition/${i}.2.${'0'.repeat(64)}`);
    const random = seeded(5);
    for (let round = 0; round < 20; round++) {
      caches.turns = () => 0;
      for (const name of names) await bucket.write(name, body);
      caches.leave();
      caches.turns = () => Math.floor(random() * 4);
      await Promise.all(names.map((name) => bucket.write(name, body)));
      assert.deepEqual((await bucket.names()).sort(), names);
      assert.equal(caches.calls.get('delete'), round + 1);
    }
  });

  it('stores lost entries again without deleting a cache that has new ones', async () => {
    await bucket.write(CHUNK, body);
    caches.leave();
    await bucket.write(OTHER, body);
    await bucket.write(CHUNK, body);
    assert.deepEqual((await bucket.names()).sort(), [CHUNK, OTHER].sort());
    assert.equal(caches.calls.get('delete'), undefined);
  });

  it('stores lost entries again if the cache cannot be deleted', async () => {
    for (const fails of ['refused', 'rejected']) {
      await bucket.write(CHUNK, body);
      caches.leave();
      caches.refusesDelete = fails === 'refused';
      caches.before = (method) => {
        if (method === 'delete') throw new DOMException('busy', 'InvalidStateError');
      };
      await bucket.write(CHUNK, body);
      assert.deepEqual(await bucket.read(CHUNK), body, fails);
    }
  });

  it('writes again if another tab deletes the cache during the write', async () => {
    let puts = 0;
    caches.onPut = (_, bytes) => {
      if (puts++ === 0) caches.evictAll();
      return bytes;
    };
    await bucket.write(CHUNK, body);
    assert.deepEqual([await bucket.names(), puts], [[CHUNK], 2]);
  });

  it('retries if put rejects once', async () => {
    let puts = 0;
    caches.before = (method) => {
      if (method === 'cache.put' && puts++ === 0) throw new DOMException('gone', 'InvalidStateError');
    };
    await bucket.write(CHUNK, body);
    assert.deepEqual(await bucket.read(CHUNK), body);
  });

  it('verifies the content of a record, which may replace an older one', async () => {
    await bucket.write(RECORD, older);
    let puts = 0;
    caches.onPut = (_, bytes) => (puts++ === 0 ? undefined : bytes);
    await bucket.write(RECORD, body);
    assert.deepEqual([await bucket.read(RECORD), puts], [body, 2]);
    caches.onPut = (_, bytes) => bytes.slice(1);
    await assert.rejects(bucket.write(RECORD, body), /stores nothing/);
  });

  it('rejects without QuotaExceededError if the browser stores nothing', async () => {
    caches.onPut = () => undefined;
    await assert.rejects(bucket.write(CHUNK, body), (cause: Error) => {
      assert.ok(!isQuotaExceeded(cause));
      assert.match(cause.message, /stores nothing/);
      return true;
    });
    assert.ok((caches.calls.get('cache.put') ?? 0) <= 3);
  });

  it('rejects with QuotaExceededError at the first attempt', async () => {
    caches.onPut = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    await assert.rejects(bucket.write(CHUNK, body), isQuotaExceeded);
    assert.equal(caches.calls.get('cache.put'), 1);
  });

  it('removes a bucket entry by entry if the browser does not delete its cache', async () => {
    await bucket.write(CHUNK, body);
    caches.refusesDelete = true;
    await store.remove('model');
    assert.deepEqual(await bucket.names(), []);
    await bucket.write(CHUNK, body);
    caches.before = (method) => {
      if (method === 'delete' || method === 'cache.delete') throw new DOMException('busy', 'InvalidStateError');
    };
    await assert.rejects(store.remove('model'), /model.*busy/);
  });
});
