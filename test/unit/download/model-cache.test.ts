import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SttError } from '../../../src/errors.js';
import type { DownloadProgress } from '../../../src/download/types.js';
import { listModels, removeModel } from '../../../src/download/installed.js';
import { memoryStore } from '../../../src/download/memory-store.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { all, bytes, CHUNK, modelCacheRig, hasCode, last } from './model-cache-rig.js';
import { manifestOf, testStore } from './rig.js';

describe('openModelCache', () => {
  const r = modelCacheRig();
  const { openCache, plain, hashed, sentBytes } = r;

  it('downloads a damaged chunk again once, and then rejects with integrity', async () => {
    const damaged = new Set<number>();
    r.fault = ({ at, range }) => {
      if (at === 'hub' || range === undefined || damaged.has(range[0])) return {};
      damaged.add(range[0]);
      return { flipAt: 17 };
    };
    const one = openCache();
    assert.deepEqual(await all(await one.open(hashed())), bytes);
    one.close();
    assert.equal(sentBytes(), 2 * bytes.length);

    r.store = testStore();
    r.fault = ({ range }) => (range?.[0] === 2 * CHUNK ? { flipAt: 17 } : {});
    const two = openCache();
    await assert.rejects(two.open(hashed()), (error: SttError) => {
      assert.equal(error.code, 'integrity');
      assert.match(error.message, /file\.bin: chunk 2 has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}/);
      return true;
    });
    two.close();
  });

  it('rejects with model-invalid if the file size differs from the manifest', async () => {
    const one = openCache();
    r.hub.put('file.bin', bytes.subarray(0, 5 * CHUNK));
    await assert.rejects(one.open(hashed()), new RegExp(`is ${5 * CHUNK} bytes long at .*, expected ${bytes.length}`));
    one.close();
  });

  it('asks again when a response has a wrong size, if the file has hashes', async () => {
    let responses = 0;
    r.fault = ({ at }) => (at === 'storage' && [0, 3].includes(responses++) ? { totalOffBy: 1 } : {});
    const cache = openCache();
    const source = await cache.open(hashed());
    assert.deepEqual(await source.read(0, bytes.length), new Uint8Array(bytes));
    assert.ok(responses > 3);
    cache.close();
  });

  it('starts over if a file is replaced during its download', async () => {
    const other = randomBytes(seeded(8), bytes.length);
    r.fault = ({ at, range }) => {
      if (at === 'storage' && (range?.[0] ?? 0) >= 4 * CHUNK) r.hub.put('file.bin', other);
      return {};
    };
    const one = openCache({ connections: 1 });
    assert.deepEqual(await all(await one.open(plain())), other);
    one.close();
  });

  it('fails if a file is replaced again and again', async () => {
    let version = 0;
    r.fault = ({ at }) => {
      if (at === 'storage') r.hub.put('file.bin', randomBytes(seeded(++version), bytes.length));
      return {};
    };
    const one = openCache({ connections: 1 });
    await assert.rejects(one.open(plain()), /was replaced: etag .*, was etag .*, again after a fresh download/);
    one.close();
  });

  it('does not mix chunks of two versions', async () => {
    r.fault = ({ range }) => (range !== undefined && range[0] >= 6 * CHUNK ? { refuses: true } : {});
    const one = openCache({ attempts: 1, connections: 1 });
    await assert.rejects(one.open(plain()), hasCode('network'));
    one.close();
    const other = randomBytes(seeded(9), bytes.length);
    r.hub.put('file.bin', other);
    r.fault = () => ({});
    const two = openCache();
    assert.deepEqual(await all(await two.open(plain())), other);
    two.close();
  });

  it('commits the opened files and evicts the previous version', async () => {
    const one = openCache();
    await one.open(plain());
    await one.commit();
    one.close();
    r.hub.put('second.bin', bytes.subarray(0, 3 * CHUNK));
    const second = { url: r.hub.url('second.bin'), chunkBytes: CHUNK };
    const two = openCache();
    await two.open(second);
    assert.deepEqual(
      (await listModels(r.store)).map(({ key, bytes: size }) => [key, size]),
      [['model', bytes.length + 3 * CHUNK]],
    );
    await two.commit();
    two.close();
    const [model, ...others] = await listModels(r.store);
    assert.deepEqual([model?.files, model?.bytes, model?.complete], [[second], 3 * CHUNK, true]);
    assert.equal(others.length, 0);
    await removeModel(r.store, 'model');
    assert.deepEqual(await listModels(r.store), []);
    assert.equal((await openCache().storageStatus([second])).storedBytes, 0);
  });

  it('accepts an empty file, and one of a whole number of chunks', async () => {
    r.hub.put('empty.bin', new Uint8Array());
    r.hub.put('whole.bin', bytes.subarray(0, 3 * CHUNK));
    const one = openCache();
    assert.equal((await one.open({ url: r.hub.url('empty.bin') })).size, 0);
    const source = await one.open({ url: r.hub.url('whole.bin'), chunkBytes: CHUNK });
    assert.deepEqual(await all(source), bytes.subarray(0, 3 * CHUNK));
    one.close();
  });

  it('does not count stored bytes as needed space', async () => {
    await openCache().open(hashed());
    r.hub.put('second.bin', bytes.subarray(0, 4 * CHUNK));
    const second = manifestOf(r.hub.url('second.bin'), bytes.subarray(0, 4 * CHUNK), CHUNK);
    r.store.capacity = r.store.usedBytes + 5 * CHUNK;
    const seen: DownloadProgress[] = [];
    const one = openCache({ onProgress: (progress) => seen.push(progress) });
    one.expect([hashed(), second]);
    await one.open(second);
    assert.equal(last(seen)?.loaded, bytes.length + 4 * CHUNK);
  });

  it('rejects with quota if a record does not fit', async () => {
    r.store.capacity = 10;
    r.store.claimsFree = Infinity;
    await assert.rejects(openCache().open(plain()), hasCode('quota'));
    await assert.rejects(openCache().openSparse(plain()), hasCode('quota'));
  });

  it('reads across chunks, and rejects reads past the end', async () => {
    const one = openCache();
    const source = await one.open(hashed());
    assert.deepEqual(await source.read(CHUNK - 5, CHUNK + 10), bytes.slice(CHUNK - 5, 2 * CHUNK + 5));
    await assert.rejects(source.read(bytes.length - 1, 2), hasCode('model-invalid'));
    one.close();
  });

  it('keeps everything in memory without a persistent store, and reports why', async () => {
    const one = openCache({ store: memoryStore('private mode') });
    assert.equal(one.whyNotPersistent, 'private mode');
    assert.deepEqual(await all(await one.open(hashed())), bytes);
    one.close();
  });

  it('sums the progress of its files from the start', async () => {
    r.hub.put('second.bin', bytes.subarray(0, 4 * CHUNK));
    const second = manifestOf(r.hub.url('second.bin'), bytes.subarray(0, 4 * CHUNK), CHUNK);
    const seen: DownloadProgress[] = [];
    const one = openCache({ onProgress: (progress) => seen.push(progress) });
    one.expect([hashed(), second]);
    await Promise.all([one.open(hashed()), one.open(second)]);
    one.close();
    const total = bytes.length + 4 * CHUNK;
    assert.ok(
      seen.every((progress) => progress.total === total),
      JSON.stringify(seen[0]),
    );
    const end = last(seen);
    assert.deepEqual([end?.phase, end?.loaded], ['done', total]);
  });
});
