import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { randomBytes, seeded } from '../../hub/random.js';
import { all, bytes, CHUNK, modelCacheRig, hasCode } from './model-cache-rig.js';
import { manifestOf } from './rig.js';

const newer = randomBytes(seeded(21), bytes.length);

describe('evictForSpace', () => {
  const r = modelCacheRig();
  const { openCache, plain, hashed } = r;
  const newerFile = (): ReturnType<typeof hashed> => ({ ...manifestOf(r.hub.url('newer.bin'), newer, CHUNK) });

  /** Downloads part of an older version, whose URL then disappears. */
  async function leaveHalf(): Promise<void> {
    r.fault = ({ range }) => ((range?.[0] ?? 0) >= 6 * CHUNK ? { refuses: true } : {});
    const one = openCache({ attempts: 1, connections: 1 });
    await assert.rejects(one.open(hashed()), hasCode('network'));
    one.close();
    r.fault = () => ({});
    r.hub.put('newer.bin', newer);
  }

  it('evicts an unfinished older version before it rejects', async () => {
    await leaveHalf();
    r.store.capacity = newer.length + 2000;
    const two = openCache();
    two.expect([newerFile()]);
    assert.deepEqual(await all(await two.open(newerFile())), newer);
    assert.equal((await two.storageStatus([hashed()])).storedBytes, 0);
  });

  it('evicts after a failed write too, and downloads nothing twice', async () => {
    await leaveHalf();
    r.store.capacity = newer.length + 2000;
    r.store.claimsFree = Infinity;
    const before = r.sent.reduce((sum, { length }) => sum + length, 0);
    assert.deepEqual(await all(await openCache().open(newerFile())), newer);
    assert.equal(r.sent.reduce((sum, { length }) => sum + length, 0) - before, newer.length);
  });

  it('rejects with quota if eviction is not enough, and keeps the installed version', async () => {
    const one = openCache();
    await one.open(hashed());
    await one.commit();
    one.close();
    r.hub.put('newer.bin', newer);
    r.store.capacity = r.store.usedBytes + newer.length - 1;
    const two = openCache();
    await assert.rejects(two.open(newerFile()), hasCode('quota'));
    assert.ok((await two.storageStatus([hashed()])).complete, 'the installed one is complete');
  });

  it('keeps a file that another cache is downloading', async () => {
    r.hub.put('newer.bin', newer);
    let open!: () => void;
    const gate = { at: 4 * CHUNK, open: new Promise<void>((resolve) => (open = resolve)) };
    r.fault = ({ at, name }) => (at === 'storage' && name === 'file.bin' ? { gate } : {});
    const one = openCache();
    const coming = one.open(plain());
    while ((await one.storageStatus([plain()])).storedBytes < 3 * CHUNK) await new Promise((go) => setTimeout(go, 5));
    r.store.capacity = bytes.length + 4 * CHUNK;
    await assert.rejects(openCache().open(newerFile()), hasCode('quota'));
    open();
    assert.deepEqual(await all(await coming), bytes);
  });

  it('gives the reason why data is held in memory', async () => {
    r.store.capacity = 5 * CHUNK;
    r.store.claimsFree = Infinity;
    const one = openCache({ whenFull: 'memory' });
    await one.open(hashed());
    assert.equal(one.whyNotPersistent, "the browser's storage is full; what did not fit is held in memory (full)");
  });
});
