/** Tunings are stored in a Cache API that loses or ignores them. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import { readTuning, writeTuning } from '../../../../src/lm/webgpu/tuning-store.js';
import { BASELINE, uniformly } from '../../../../src/lm/webgpu/tuning.js';
import { fakeCaches, type FakeCaches } from '../../download/fake-caches.js';

const tuning = uniformly(BASELINE);
const other = uniformly({ ...BASELINE, rows: BASELINE.rows * 2 });

describe('the store of tunings', () => {
  let caches: FakeCaches;
  beforeEach(() => {
    caches = fakeCaches();
    Object.defineProperty(globalThis, 'caches', { value: caches, configurable: true });
  });
  after(() => Reflect.deleteProperty(globalThis, 'caches'));

  it('stores a tuning again under the key of one that the browser lost', async () => {
    assert.equal(await writeTuning('gpu', tuning), true);
    caches.leave();
    assert.equal(await readTuning('gpu'), undefined);
    assert.equal(await writeTuning('gpu', tuning), true);
    assert.deepEqual(await readTuning('gpu'), tuning);
  });

  it('replaces a tuning that a failed put left in place', async () => {
    await writeTuning('gpu', tuning);
    let puts = 0;
    caches.onPut = (_, body) => (puts++ === 0 ? undefined : body);
    assert.equal(await writeTuning('gpu', other), true);
    assert.deepEqual(await readTuning('gpu'), other);
  });

  it('reports that nothing or only a part was stored, without throwing', async () => {
    caches.onPut = () => undefined;
    assert.equal(await writeTuning('gpu', tuning), false);
    caches.onPut = (_, body) => body.slice(1);
    assert.equal(await writeTuning('gpu', tuning), false);
    caches.onPut = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    assert.equal(await writeTuning('gpu', tuning), false);
    assert.equal(await readTuning('another'), undefined);
  });
});
