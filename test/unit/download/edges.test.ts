import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listModels } from '../../../src/download/installed.js';
import { localLocks } from '../../../src/download/local-locks.js';
import { memoryStore } from '../../../src/download/memory-store.js';
import { corsFetch } from '../../hub/cors-fetch.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { all, bytes, CHUNK, modelCacheRig, hasCode, STALL_MS } from './model-cache-rig.js';
import { testThread } from './rig.js';

/** Turns a hang into a failure. */
const timeout = 15_000;

describe('openModelCache in edge cases', { timeout: 120_000 }, () => {
  const r = modelCacheRig();
  const { openCache, plain, hashed, sentBytes } = r;

  it(
    'fails after eight attempts if a server ignores ranges and cuts every body within a chunk',
    { timeout },
    async () => {
      r.fault = ({ at }) => (at === 'storage' ? { ignoresRange: true, cutAfter: CHUNK / 2 } : {});
      await assert.rejects(openCache().open(plain()), /failed after 8 attempts/);
    },
  );

  it('finishes a file of unknown size whose last chunk was stored just before a reload', { timeout }, async () => {
    r.exposesHeaders = false;
    await r.restart();
    r.hub.put('file.bin', bytes.subarray(0, 3 * CHUNK));
    const left = new AbortController();
    r.store.onWritten = (name) => {
      if (/\/2\.\d+\./.test(name)) left.abort();
    };
    await assert.rejects(openCache({ signal: left.signal }).open(plain()), { name: 'AbortError' });
    assert.deepEqual(await all(await openCache().open(plain())), bytes.subarray(0, 3 * CHUNK));
  });

  it('resumes with a range after the body of a small whole file was cut', { timeout }, async () => {
    const small = bytes.subarray(0, 9000);
    r.hub.put('file.bin', small);
    let cut = false;
    r.fault = ({ at }) => {
      if (at === 'hub' || cut) return {};
      cut = true;
      return { ignoresRange: true, cutAfter: 5000, drip: { bytes: 1000, everyMs: 10 } };
    };
    assert.deepEqual(await all(await openCache().open(plain())), small);
  });

  it('downloads again what was deleted between the download and the commit', { timeout }, async () => {
    const opened = openCache();
    const source = await opened.open(plain());
    await r.store.remove('model');
    await opened.commit();
    assert.equal((await listModels(r.store))[0]?.complete, true);
    assert.deepEqual(await all(source), bytes);
    assert.equal(sentBytes(), 2 * bytes.length);
  });

  it('stops when aborted during the check for free space', { timeout }, async () => {
    const left = new AbortController();
    r.store.freeBytes = () => {
      left.abort();
      return Promise.resolve(undefined);
    };
    await assert.rejects(openCache({ signal: left.signal }).open(plain()), { name: 'AbortError' });
    assert.deepEqual(
      (await r.store.names('model')).filter((name) => !name.endsWith('/version')),
      [],
    );
  });

  it('rejects with network if a damaged chunk cannot be downloaded again offline', { timeout }, async () => {
    const source = await openCache().open(hashed());
    await r.store.damage((name) => /\/3\.\d+\./.test(name));
    r.thread.online = false;
    r.fault = () => ({ refuses: true });
    await assert.rejects(all(source), hasCode('network'));
    r.thread.online = true;
    r.fault = () => ({});
    assert.deepEqual(await all(source), bytes);
  });

  it('repairs a chunk once for two tabs that read it at the same time', { timeout }, async () => {
    const locks = localLocks();
    const tabs = [1, 2].map((seed) => openCache({ environment: testThread(seeded(seed), STALL_MS, locks) }));
    const sources = await Promise.all(tabs.map((tab) => tab.open(hashed())));
    await r.store.damage((name) => /\/3\.\d+\./.test(name));
    r.sent = [];
    for (const read of await Promise.all(sources.map(all))) assert.deepEqual(read, bytes);
    assert.equal(sentBytes(), CHUNK);
  });

  it('rejects running downloads with AbortError when closed, and still reads sparse files', { timeout }, async () => {
    r.fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 2048, everyMs: 5 } } : {});
    const one = openCache({
      onProgress: ({ loaded }) => {
        if (loaded > CHUNK) one.close();
      },
    });
    await assert.rejects(one.open(plain()), { name: 'AbortError' });
    const two = openCache();
    const source = await two.openSparse(plain());
    two.close();
    assert.deepEqual(await source.read(1000, 3000), bytes.slice(1000, 4000));
  });

  it('aborts every request it no longer needs', { timeout }, async () => {
    r.exposesHeaders = false;
    await r.restart();
    const signals: (AbortSignal | null | undefined)[] = [];
    const fetch: typeof corsFetch = (input, init) => {
      signals.push(init?.signal);
      return corsFetch(input, init);
    };
    await openCache({ environment: { ...r.thread, fetch } }).open(plain());
    assert.deepEqual(
      signals.map((signal) => signal?.aborted),
      [true, true],
    );
  });

  it('discards chunks of a version whose record is damaged', { timeout }, async () => {
    r.exposesHeaders = false;
    await r.restart();
    r.fault = ({ at }) => (at === 'storage' ? { cutAfter: 6.5 * CHUNK } : {});
    await assert.rejects(openCache({ attempts: 2 }).open(plain()), hasCode('network'));
    assert.equal(await r.store.damage((name) => name.endsWith('/version')), 1);
    const other = randomBytes(seeded(8), bytes.length);
    r.hub.put('file.bin', other);
    r.fault = ({ at }) => (at === 'storage' ? { cutAfter: 2.5 * CHUNK } : {});
    await assert.rejects(openCache({ attempts: 2 }).open(plain()), hasCode('network'));
    r.fault = () => ({});
    assert.deepEqual(await all(await openCache().open(plain())), other);
  });

  it('does not wait for other threads that use a memory store', { timeout }, async () => {
    const locks = localLocks();
    const [stuck, free] = [1, 2].map((seed) =>
      openCache({ store: memoryStore('none'), environment: testThread(seeded(seed), STALL_MS, locks) }),
    );
    stuck!.pause();
    const waiting = assert.rejects(stuck!.open(plain()), { name: 'AbortError' });
    assert.deepEqual(await all(await free!.open(plain())), bytes);
    stuck!.close();
    await waiting;
  });

  it('requests the size of a sparse file once for two tabs', { timeout }, async () => {
    const locks = localLocks();
    const tabs = [1, 2].map((seed) => openCache({ environment: testThread(seeded(seed), STALL_MS, locks) }));
    await Promise.all(tabs.map((tab) => tab.openSparse(plain())));
    assert.equal(sentBytes(), 8);
  });
});
