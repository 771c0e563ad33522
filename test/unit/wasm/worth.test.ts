import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worth } from '../../../src/wasm/worth.js';

/** Which of the next `count` plans are shared, each taking `ms` of which `waitedMs` are spent on others that did half. */
function shared(worth: Worth, count: number, ms: number, waitedMs: number): boolean[] {
  return Array.from({ length: count }, () => {
    const is = worth.next();
    if (is) worth.note(ms, waitedMs, 50, 100);
    return is;
  });
}

describe('whether sharing pays', () => {
  it('holds as long as two threads take less time than one would', () => {
    assert.ok(shared(new Worth(), 500, 10, 4).every(Boolean));
  });

  it('does not where a thread waits longer than the others’ parts would take it', () => {
    const plans = shared(new Worth(), 100, 10, 6);
    assert.equal(plans.filter(Boolean).length, 8 + 8);
    assert.deepEqual(plans.slice(8, 80), new Array<boolean>(72).fill(false));
  });

  it('is tried again, and holds again once the others are quick', () => {
    const worth = new Worth();
    shared(worth, 80, 10, 6);
    assert.ok(shared(worth, 100, 10, 1).every(Boolean));
  });

  it('holds where nobody helps and nobody is waited for', () => {
    const worth = new Worth();
    for (let i = 0; i < 100; i++) {
      assert.ok(worth.next());
      worth.note(10, 0, 100, 100);
    }
  });
});
