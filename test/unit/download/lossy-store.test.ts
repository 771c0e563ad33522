/** Tests that a Cache API that loses, ignores or damages entries never makes a download fail. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { ByteSource } from '../../../src/bytes/byte-source.js';
import { cacheStore } from '../../../src/download/cache-store.js';
import type { ModelCache, RemoteFile } from '../../../src/download/types.js';
import { listModels } from '../../../src/download/installed.js';
import { byteLengthIn, MODEL_RECORD } from '../../../src/download/cache-index.js';
import type { Store } from '../../../src/download/store.js';
import { describeFile } from '../../../src/download/manifest.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { readAhead } from '../../../src/model/read-ahead.js';
import { memorySource } from '../../../src/bytes/memory.js';
import { startHub } from '../../hub/hub.js';
import { publicFiles } from '../../hub/public-files.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { all, bytes, CHUNK, modelCacheRig, hasCode } from './model-cache-rig.js';
import { fakeCaches, type FakeCaches } from './fake-caches.js';

const CHUNKS = Math.ceil(bytes.length / CHUNK);
const isChunk = (name: string): boolean => byteLengthIn(name) > 0;

describe('openModelCache with an unreliable store', () => {
  const r = modelCacheRig();
  const { plain, hashed, sentBytes } = r;
  let caches: FakeCaches;
  let store: Store;
  beforeEach(async () => {
    caches = fakeCaches();
    store = await cacheStore(caches, () => Promise.resolve({}));
  });

  /** Simulates a visit: installs and reads the file. */
  async function visit(file: RemoteFile): Promise<{ cache: ModelCache; read: Uint8Array }> {
    const { cache, source } = await install(file);
    const read = await all(source);
    cache.close();
    return { cache, read };
  }

  async function install(file: RemoteFile): Promise<{ cache: ModelCache; source: ByteSource }> {
    const cache = r.openCache({ store });
    const source = await cache.open(file);
    await cache.commit();
    return { cache, source };
  }

  const isComplete = async (): Promise<boolean> => (await listModels(store))[0]?.complete === true;

  for (const [what, file] of [
    ['with a manifest', hashed],
    ['without one', plain],
  ] as const) {
    describe(what, () => {
      it('verifies each chunk by listing its one name, without reading its body', async () => {
        await install(file());
        const calls = { ...Object.fromEntries(caches.calls) };
        assert.equal(caches.bodiesRead.filter(isChunk).length, 0);
        // The same file, one chunk longer.
        caches = fakeCaches();
        store = await cacheStore(caches, () => Promise.resolve({}));
        const longer = randomBytes(seeded(4), bytes.length + CHUNK);
        r.hub.put('file.bin', longer);
        const { url, chunkBytes } = plain();
        await install({ url, ...(chunkBytes !== undefined && { chunkBytes }) });
        const more = Object.fromEntries(caches.calls);
        if (file === plain) {
          assert.equal((more['cache.put'] ?? 0) - (calls['cache.put'] ?? 0), 1);
          assert.equal((more['cache.keys'] ?? 0) - (calls['cache.keys'] ?? 0), 1);
          assert.equal(more['match'], calls['match']);
        }
        assert.equal(caches.bodiesRead.filter(isChunk).length, 0);
      });

      it('stores everything again after the browser has lost all entries between visits', async () => {
        for (let round = 1; round <= 3; round++) {
          const { cache, read } = await visit(file());
          assert.deepEqual(read, bytes);
          assert.equal(cache.whyNotPersistent, undefined);
          assert.equal(await isComplete(), true);
          assert.equal(sentBytes(), round * bytes.length);
          caches.leave();
          assert.deepEqual(await listModels(store), [], 'nothing is installed');
        }
      });

      it('keeps chunks in memory if the store ignores them, and reports why', async () => {
        caches.onPut = (name, body) => (isChunk(name) ? undefined : body);
        const { cache, read } = await visit(file());
        assert.deepEqual(read, bytes);
        assert.match(cache.whyNotPersistent ?? '', /stores nothing/);
        assert.equal(sentBytes(), bytes.length);
      });

      it('keeps the model in memory if the store ignores its records', async () => {
        for (const record of [MODEL_RECORD, '/version']) {
          caches.evictAll();
          caches.onPut = (name, body) => (name.endsWith(record) ? undefined : body);
          const { cache, read } = await visit(file());
          assert.deepEqual(read, bytes);
          assert.match(cache.whyNotPersistent ?? '', /stores nothing/, record);
          assert.equal(await isComplete(), false);
          caches.onPut = (_, body) => body;
          assert.deepEqual((await visit(file())).read, bytes);
          assert.equal(await isComplete(), true);
        }
      });

      it('keeps the model in memory if the store does not overwrite records', async () => {
        const stored = new Set<string>();
        caches.onPut = (name, body) => (isChunk(name) || !stored.has(name) ? (stored.add(name), body) : undefined);
        await visit(file());
        const other = randomBytes(seeded(8), bytes.length);
        r.hub.put('other.bin', other);
        const url = r.hub.url('other.bin');
        const { cache, read } = await visit({ url, chunkBytes: CHUNK });
        assert.deepEqual(read, other);
        assert.match(cache.whyNotPersistent ?? '', /stores nothing/);
      });

      it('downloads truncated chunks again once, and then keeps them in memory', async () => {
        caches.onPut = (name, body) => (isChunk(name) ? body.slice(0, body.length - 1) : body);
        const { cache, read } = await visit(file());
        assert.deepEqual(read, bytes);
        assert.match(cache.whyNotPersistent ?? '', /lost or damaged/);
        assert.ok(sentBytes() <= 2 * bytes.length + CHUNK, `${sentBytes()} bytes`);
      });

      it('downloads and stores one truncated chunk again', async () => {
        let truncated = 0;
        caches.onPut = (name, body) => (isChunk(name) && truncated++ === 0 ? body.slice(1) : body);
        const { cache, read } = await visit(file());
        assert.deepEqual(read, bytes);
        assert.equal(cache.whyNotPersistent, undefined);
        assert.equal(sentBytes(), bytes.length + CHUNK);
        assert.deepEqual((await visit(file())).read, bytes);
        assert.equal(sentBytes(), bytes.length + CHUNK);
      });

      it('downloads only the lost chunks again if some are lost before they are read', async () => {
        const { cache, source } = await install(file());
        assert.equal(
          caches.evict((name) => /\/[37]\./.test(name)),
          2,
        );
        assert.deepEqual(await all(source), bytes);
        assert.equal(sentBytes(), bytes.length + 2 * CHUNK);
        assert.equal(cache.whyNotPersistent, undefined);
        assert.equal(await isComplete(), true);
      });

      it('stores the model again if all entries are lost before it is read', async () => {
        const { cache, source } = await install(file());
        caches.evictAll();
        assert.deepEqual(await all(source), bytes);
        assert.equal(cache.whyNotPersistent, undefined);
        const sent = sentBytes();
        assert.deepEqual((await visit(file())).read, bytes);
        assert.ok(sentBytes() <= sent + 1, `${sentBytes() - sent} bytes more`);
        assert.equal(await isComplete(), true);
      });

      it('keeps the rest in memory if entries are lost after every write, and reports why', async () => {
        const { cache, source } = await install(file());
        caches.afterPut = () => caches.evictAll();
        caches.evictAll();
        assert.deepEqual(await all(source), bytes);
        assert.match(cache.whyNotPersistent ?? '', /lost or damaged|stores nothing/);
      });

      it('restores chunks that are lost during the download', async () => {
        let puts = 0;
        caches.afterPut = (name) => {
          if (isChunk(name) && ++puts === 5) caches.evictAll();
        };
        const { cache, read } = await visit(file());
        assert.deepEqual(read, bytes);
        assert.equal(cache.whyNotPersistent, undefined);
        assert.equal(await isComplete(), true);
        assert.ok(sentBytes() <= bytes.length + 6 * CHUNK, `${sentBytes()} bytes`);
      });

      it('restores chunks that are lost before the commit', async () => {
        const one = r.openCache({ store });
        const source = await one.open(file());
        caches.evictAll();
        await one.commit();
        assert.deepEqual(await all(source), bytes);
        assert.equal(sentBytes(), 2 * bytes.length);
        assert.equal(await isComplete(), true);
      });

      it('keeps chunks in memory if entries are lost repeatedly, and reports why', async () => {
        let puts = 0;
        caches.afterPut = (name) => {
          if (isChunk(name) && ++puts % CHUNKS === 0) caches.evictAll();
        };
        const { cache, read } = await visit(file());
        assert.deepEqual(read, bytes);
        assert.match(cache.whyNotPersistent ?? '', /lost/);
        assert.ok(sentBytes() <= 4 * bytes.length, `${sentBytes()} bytes`);
      });

      it('keeps the model in memory if the store rejects every call after the first write', async () => {
        const one = r.openCache({ store });
        caches.afterPut = () => {
          caches.before = () => {
            throw new DOMException('the profile is damaged', 'UnknownError');
          };
        };
        const source = await one.open(file());
        await one.commit();
        assert.deepEqual(await all(source), bytes);
        assert.match(one.whyNotPersistent ?? '', /the profile is damaged/);
      });

      it('commits although the store cannot delete the previous version', async () => {
        await visit(file());
        r.hub.put('other.bin', randomBytes(seeded(8), bytes.length));
        caches.before = (method) => {
          if (method === 'delete' || method === 'cache.delete') throw new DOMException('busy', 'InvalidStateError');
        };
        const { cache, read } = await visit({ url: r.hub.url('other.bin'), chunkBytes: CHUNK });
        assert.deepEqual(read, randomBytes(seeded(8), bytes.length));
        assert.equal(cache.whyNotPersistent, undefined, 'the new file is stored');
      });
    });
  }

  it('rejects if a lost file was replaced on its server, and succeeds at the next attempt', async () => {
    const one = r.openCache({ store });
    await one.open(plain());
    caches.evictAll();
    const other = randomBytes(seeded(8), bytes.length);
    r.hub.put('file.bin', other);
    await assert.rejects(one.commit(), hasCode('network'));
    one.close();
    assert.deepEqual((await visit(plain())).read, other);
  });

  it('commits although the pieces of a sparse file are lost after they were read', async () => {
    const one = r.openCache({ store });
    const [whole, parts] = [await one.open(hashed()), await one.openSparse(plain())];
    assert.deepEqual(await parts.read(1000, 3000), bytes.slice(1000, 4000));
    caches.evictAll();
    r.fault = ({ range }) => (range?.[1] === 7 ? { status: 404 } : {});
    await one.commit();
    assert.deepEqual(await all(whole), bytes);
    assert.deepEqual(await parts.read(1000, 3000), bytes.slice(1000, 4000));
    assert.equal(await isComplete(), true);
  });
});

describe('openModelFromUrl with a damaging store', () => {
  it('reports damage that is found when tensors are read', async () => {
    const files = await publicFiles();
    const hub = await startHub();
    hub.put('own.gguf', files.own);
    const described = await describeFile(memorySource('own.gguf', files.own), 256 * 1024);
    const manifest = {
      format: 'kyutai-stt-manifest',
      version: 1,
      name: 'own',
      files: [{ ...described, url: hub.url('own.gguf') }],
    };
    hub.put('manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
    const caches = fakeCaches();
    try {
      const store = await cacheStore(caches, () => Promise.resolve({}));
      const model = readAhead(await openModelFromUrl({ url: hub.url('manifest.json') }, { store }));
      const notKept = (): string => model.notes?.notKept ?? '';
      assert.equal(notKept(), '');
      caches.evictAll();
      caches.onPut = (name, body) => (isChunk(name) ? body.slice(1) : body);
      for (const { name, byteLength } of model.tensors.values())
        assert.equal((await model.readTensor(name)).length, byteLength);
      assert.match(notKept(), /lost or damaged/);
    } finally {
      await hub.close();
    }
  });
});
