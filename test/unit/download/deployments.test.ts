import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RemoteFile } from '../../../src/download/types.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { all, CHUNK, modelCacheRig, hasCode } from './model-cache-rig.js';
import { manifestOf } from './rig.js';

const random = seeded(31);
const [a1, b1, a2, b2] = [0, 0, 0, 0].map(() => randomBytes(random, 4 * CHUNK)) as [
  Uint8Array<ArrayBuffer>,
  ...Uint8Array<ArrayBuffer>[],
];

describe('evictReplaced', () => {
  const r = modelCacheRig();
  const { openCache } = r;
  const file = (name: string): RemoteFile => ({ url: r.hub.url(name), chunkBytes: CHUNK });

  /** Downloads the first file and not the second, then replaces both on the server. */
  async function replaceBoth(): Promise<void> {
    r.hub.put('a.bin', a1);
    r.hub.put('b.bin', b1!);
    r.fault = ({ name }) => (name === 'b.bin' ? { refuses: true } : {});
    const one = openCache({ attempts: 1 });
    await one.open(file('a.bin'));
    await assert.rejects(one.open(file('b.bin')), hasCode('network'));
    one.close();
    r.fault = () => ({});
    r.hub.put('a.bin', a2!);
    r.hub.put('b.bin', b2!);
  }

  it('evicts files that were replaced on their server', async () => {
    await replaceBoth();
    const two = openCache();
    const stale = await two.open(file('a.bin'));
    await two.open(file('b.bin'));
    assert.deepEqual(await two.evictReplaced(), ['a.bin']);
    assert.deepEqual(await all(await two.open(file('a.bin'))), a2);
    assert.deepEqual(await two.evictReplaced(), [], 'both are of one deployment');
    assert.equal(stale.size, a1.length);
    await two.commit();
  });

  it('makes one-byte requests after a download, and none without', async () => {
    r.hub.put('a.bin', a1);
    r.hub.put('b.bin', b1!);
    const one = openCache();
    await Promise.all([one.open(file('a.bin')), one.open(file('b.bin'))]);
    r.sent.length = 0;
    assert.deepEqual(await one.evictReplaced(), []);
    assert.deepEqual(
      r.sent.map(({ start, length }) => [start, length]),
      [
        [0, 1],
        [0, 1],
      ],
    );
    await one.commit();
    const requests = r.hub.requests.length;
    const two = openCache();
    await Promise.all([two.open(file('a.bin')), two.open(file('b.bin'))]);
    assert.deepEqual(await two.evictReplaced(), []);
    assert.equal(r.hub.requests.length, requests);
  });

  it('skips files with hashes or a commit in their URL', async () => {
    const commit = `x/resolve/${'0123456789'.repeat(4)}/`;
    r.hub.put(`${commit}a.bin`, a1);
    r.hub.put('b.bin', b1!);
    const one = openCache();
    const origin = new URL(r.hub.url('b.bin')).origin;
    await one.open({ url: `${origin}/${commit}a.bin`, chunkBytes: CHUNK });
    await one.open(manifestOf(r.hub.url('b.bin'), b1!, CHUNK));
    const requests = r.hub.requests.length;
    assert.deepEqual(await one.evictReplaced(), []);
    assert.equal(r.hub.requests.length, requests);
  });

  it('keeps files whose server does not respond', async () => {
    await replaceBoth();
    const two = openCache();
    await Promise.all([two.open(file('a.bin')), two.open(file('b.bin'))]);
    r.fault = ({ index }) => (index % 2 === 0 ? { refuses: true } : { status: 503 });
    assert.deepEqual(await two.evictReplaced(), []);
    assert.deepEqual(await all(await two.open(file('a.bin'))), a1);
  });

  it('repeats the check after a pause', async () => {
    await replaceBoth();
    let unanswered: number | undefined;
    const fetch: typeof globalThis.fetch = (input, init) => {
      if (unanswered === undefined) return r.thread.fetch(input, init);
      unanswered++;
      return new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))));
    };
    const two = openCache({ environment: { ...r.thread, fetch } });
    await Promise.all([two.open(file('a.bin')), two.open(file('b.bin'))]);
    unanswered = 0;
    const replaced = two.evictReplaced();
    while (unanswered < 2) await new Promise((go) => setTimeout(go, 5));
    two.pause();
    await new Promise((go) => setTimeout(go, 50));
    unanswered = undefined;
    two.resume();
    assert.deepEqual(await replaced, ['a.bin']);
  });

  it('keeps files that another tab is downloading again', async () => {
    await replaceBoth();
    const [two, three] = [openCache(), openCache()];
    await Promise.all([two, three].flatMap((each) => [each.open(file('b.bin')), each.open(file('a.bin'))]));
    assert.deepEqual(await two.evictReplaced(), ['a.bin']);
    r.fault = ({ at, name, range }) =>
      at === 'storage' && name === 'a.bin' && range?.[1] !== 0 ? { drip: { bytes: 4096, everyMs: 5 } } : {};
    const downloading = two.open(file('a.bin'));
    while ((await two.storageStatus([file('a.bin')])).storedBytes < CHUNK) await new Promise((go) => setTimeout(go, 5));
    assert.deepEqual(await three.evictReplaced(), ['a.bin']);
    assert.deepEqual(await all(await downloading), a2);
    const requests = r.hub.requests.length;
    assert.deepEqual(await all(await three.open(file('a.bin'))), a2);
    assert.equal(r.hub.requests.length, requests, 'a stored file needs no request');
    await Promise.all([two.commit(), three.commit()]);
  });
});
