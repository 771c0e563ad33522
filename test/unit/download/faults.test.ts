import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DownloadProgress } from '../../../src/download/types.js';
import { localLocks } from '../../../src/download/local-locks.js';
import { seeded } from '../../hub/random.js';
import { all, bytes, CHUNK, modelCacheRig, hasCode, last, STALL_MS } from './model-cache-rig.js';
import { testThread } from './rig.js';

describe('openModelCache with a failing server', () => {
  const r = modelCacheRig();
  const { openCache, plain, hashed, sentBytes, storageRequests, restart } = r;

  for (const [what, file] of [
    ['with a manifest', hashed],
    ['without one', plain],
  ] as const) {
    describe(what, () => {
      it('downloads every byte once, in ranges, and later reads from the store without a request', async () => {
        const first = openCache();
        assert.deepEqual(await all(await first.open(file())), bytes);
        first.close();
        assert.equal(sentBytes(), bytes.length);
        const asked = r.hub.requests.length;
        const second = openCache();
        assert.deepEqual(await second.storageStatus([file()]), {
          storedBytes: bytes.length,
          totalBytes: bytes.length,
          complete: true,
        });
        assert.deepEqual(await all(await second.open(file())), bytes);
        second.close();
        assert.equal(r.hub.requests.length, asked);
        assert.ok(r.hub.requests.every(({ method }) => method === 'GET'));
      });

      it('resumes after an interrupted body', async () => {
        r.fault = ({ at, index }) => (at === 'storage' && index < 12 ? { cutAfter: 3000 + index * 700 } : {});
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        // A broken connection loses its unread bytes, 16 kB at most.
        assert.ok(sentBytes() < bytes.length + 6 * CHUNK, String(sentBytes() - bytes.length));
      });

      it('streams the one body of a server that ignores ranges', async () => {
        r.fault = ({ at }) => (at === 'storage' ? { ignoresRange: true } : {});
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        assert.equal(storageRequests(), 1);
      });

      it('accepts a compressed response', async () => {
        r.fault = ({ at }) => (at === 'storage' ? { gzip: true } : {});
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });

      it('restarts a request that drips or hangs', async () => {
        r.fault = ({ at, index }) => {
          if (at === 'hub' || index > 6) return {};
          return index % 2 === 0 ? { hangs: true } : { drip: { bytes: 3, everyMs: 10 } };
        };
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
      });

      it('requests the original URL again once a signed URL has expired', async () => {
        r.signatureUses = 3;
        await restart();
        const one = openCache();
        assert.deepEqual(await all(await one.open(file())), bytes);
        one.close();
        assert.ok(r.hub.requests.filter(({ at }) => at === 'hub').length >= 3);
        assert.equal(sentBytes(), bytes.length);
      });

      it('downloads only missing chunks after a reload', async () => {
        const stopped = new Set<number>();
        r.fault = ({ at, range }) => {
          if (at === 'storage' && (range?.[0] ?? 0) >= 6 * CHUNK) stopped.add(1);
          return stopped.size > 0 ? { refuses: true } : {};
        };
        const one = openCache({ attempts: 1 });
        await assert.rejects(one.open(file()), hasCode('network'));
        one.close();
        const kept = (await openCache().storageStatus([file()])).storedBytes;
        assert.ok(kept > 0 && kept < bytes.length);
        r.fault = () => ({});
        r.sent = [];
        const two = openCache();
        assert.deepEqual(await all(await two.open(file())), bytes);
        two.close();
        assert.equal(sentBytes(), bytes.length - kept);
      });

      it('downloads once for two tabs, and reports progress in both', async () => {
        const locks = localLocks();
        const seen: DownloadProgress[][] = [[], []];
        const tabs = [0, 1].map((i) =>
          openCache({
            environment: testThread(seeded(i), STALL_MS, locks),
            onProgress: (progress) => seen[i]!.push(progress),
          }),
        );
        r.fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 4096, everyMs: 40 } } : {});
        const sources = await Promise.all(tabs.map((tab) => tab.open(file())));
        for (const source of sources) assert.deepEqual(await all(source), bytes);
        tabs.forEach((tab) => tab.close());
        assert.equal(sentBytes(), bytes.length);
        for (const each of seen) assert.ok(each.some(({ loaded }) => loaded > 0 && loaded < bytes.length));
        assert.deepEqual(
          seen.map((each) => last(each)?.phase),
          ['done', 'done'],
        );
      });

      it('repairs a damaged chunk in the store, and downloads only that chunk', async () => {
        const one = openCache();
        await one.open(file());
        one.close();
        r.sent = [];
        assert.equal(await r.store.damage((name) => /\/3\.\d+\./.test(name)), 1);
        const two = openCache();
        assert.deepEqual(await all(await two.open(file())), bytes);
        two.close();
        assert.deepEqual([...new Set(r.sent.map(({ start: at }) => Math.floor(at / CHUNK)))], [3]);
        assert.equal(sentBytes(), CHUNK);
      });
    });
  }
});
