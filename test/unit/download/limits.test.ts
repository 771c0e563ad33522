import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SttError } from '../../../src/errors.js';
import { all, bytes, CHUNK, modelCacheRig, hasCode, last } from './model-cache-rig.js';
import { testStore } from './rig.js';

describe('openModelCache with limited storage, time or network', () => {
  const r = modelCacheRig();
  const { openCache, plain, hashed, sentBytes, restart } = r;

  for (const [what, file] of [
    ['with a manifest', hashed],
    ['without one', plain],
  ] as const) {
    describe(what, () => {
      it('rejects with quota, with both numbers, before the first byte', async () => {
        r.store.capacity = bytes.length - 1000;
        const one = openCache();
        await assert.rejects(one.open(file()), (error: SttError) => {
          assert.equal(error.code, 'quota');
          assert.match(error.message, new RegExp(`needs ${bytes.length} more bytes, \\d+ are free`));
          return true;
        });
        one.close();
        assert.ok(sentBytes() < CHUNK * 2);
        assert.equal((await r.store.names('model')).filter((name) => /\/0\./.test(name)).length, 0);
      });

      it('keeps what does not fit in memory if allowed, and reports it', async () => {
        r.store.capacity = 5 * CHUNK;
        r.store.claimsFree = Infinity;
        const one = openCache({ whenFull: 'memory' });
        assert.equal(one.whyNotPersistent, undefined);
        assert.deepEqual(await all(await one.open(file())), bytes);
        assert.match(String(one.whyNotPersistent), /full/);
        one.close();
        assert.equal(sentBytes(), bytes.length);
      });

      it('rejects with quota if the store fills up during the download, and keeps the stored chunks', async () => {
        r.store.capacity = 5 * CHUNK;
        r.store.claimsFree = Infinity;
        const one = openCache();
        await assert.rejects(one.open(file()), hasCode('quota'));
        one.close();
        assert.ok((await openCache().storageStatus([file()])).storedBytes > 0);
      });

      it('waits as long as a busy server asks, and fails after eight attempts', async () => {
        r.fault = ({ index }) => (index < 3 ? { status: 429, retryAfter: '7' } : {});
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        assert.ok(
          r.thread.waits.slice(0, 3).every((ms) => ms >= 7000 && ms <= 8750),
          String(r.thread.waits),
        );

        r.store = testStore();
        r.fault = () => ({ status: 503 });
        r.thread.waits.length = 0;
        const two = openCache();
        await assert.rejects(two.open(file()), /failed after 8 attempts: .* 503/);
        two.close();
        assert.equal(r.thread.waits.length, 7);
        assert.ok(r.thread.waits.every((ms, i) => ms >= 250 * 2 ** i && ms <= Math.min(500 * 2 ** i, 30_000)));
      });

      it('waits while offline, for any time, and then resumes', async () => {
        r.thread.online = false;
        r.fault = () => ({ refuses: !r.thread.online });
        const { waits } = r.thread;
        const seen: string[] = [];
        const one = openCache({ onProgress: ({ phase }) => seen.push(phase) });
        const opening = one.open(file());
        while (waits.length < 50) await new Promise((resolve) => setTimeout(resolve, 1));
        r.thread.online = true;
        assert.deepEqual(await all(await opening), bytes);
        one.close();
        assert.ok(seen.includes('waiting'));
      });

      it('stops at once when paused, resumes, and downloads nothing twice', async () => {
        r.fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 2048, everyMs: 5 } } : {});
        const phases: string[] = [];
        let paused = false as boolean;
        const one = openCache({
          onProgress: ({ phase, loaded }) => {
            phases.push(phase);
            if (!paused && loaded > 2 * CHUNK) {
              paused = true;
              one.pause();
            }
          },
        });
        const opening = one.open(file());
        while (!paused) await new Promise((resolve) => setTimeout(resolve, 5));
        await new Promise((resolve) => setTimeout(resolve, 50));
        const before = r.hub.requests.length;
        await new Promise((resolve) => setTimeout(resolve, 100));
        assert.equal(r.hub.requests.length, before);
        assert.equal(last(phases), 'paused');
        one.resume();
        assert.deepEqual(await all(await opening), bytes);
        one.close();
        // Bytes in flight at the pause may be sent twice.
        assert.ok(sentBytes() <= bytes.length + 4 * 4096, String(sentBytes() - bytes.length));
      });

      it('rejects with AbortError when aborted; another cache resumes', async () => {
        const controller = new AbortController();
        r.fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 2048, everyMs: 5 } } : {});
        const one = openCache({
          signal: controller.signal,
          onProgress: ({ loaded }) => {
            if (loaded > 3 * CHUNK) controller.abort();
          },
        });
        await assert.rejects(one.open(file()), { name: 'AbortError' });
        one.close();
        r.fault = () => ({});
        const two = openCache();
        assert.deepEqual(await all(await two.open(file())), bytes);
        two.close();
      });

      it('reports the status of a missing file', async () => {
        const one = openCache();
        await assert.rejects(one.open({ ...file(), url: r.hub.url('absent.bin') }), /absent\.bin: 404/);
        one.close();
      });

      it('works if the server exposes no headers to other origins', async () => {
        r.exposesHeaders = false;
        await restart();
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });

      it('discards responses with a wrong length or another range', async () => {
        r.fault = ({ at, index }) => {
          if (at === 'hub' || index > 8) return {};
          return index % 2 === 0 ? { lengthOffBy: 500 } : { rangeOffBy: 16 };
        };
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });
    });
  }
});
