import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ParallelPolicy } from '../../../src/wasm/parallel-policy.js';

/** How many of the next `count` plans are shared. One takes `together` ms, of which it waits `waits`, or `alone` ms. */
function shared(worth: ParallelPolicy, count: number, together: number, waits: number, alone: number): number {
  let shares = 0;
  for (let i = 0; i < count; i++) {
    if (worth.isParallel) shares++;
    worth.record(worth.isParallel ? together : alone, worth.isParallel ? waits : 0);
  }
  return shares;
}

describe('whether sharing pays', () => {
  it('is not asked while threads hardly wait for each other', () => {
    assert.equal(shared(new ParallelPolicy(), 500, 10, 1, 5), 500);
  });

  it('is found out by running alone for a while, and holds where together is quicker', () => {
    // 8 are looked at, 8 run alone, and 72 shared before the next look.
    assert.equal(shared(new ParallelPolicy(), 88, 10, 4, 16), 80);
  });

  it('does not hold where alone is quicker, and is tried again', () => {
    const worth = new ParallelPolicy();
    assert.equal(shared(worth, 88, 10, 4, 8), 8);
    assert.equal(shared(worth, 200, 5, 0, 8), 200);
  });
});
