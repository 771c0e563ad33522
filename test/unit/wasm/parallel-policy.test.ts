import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ParallelPolicy } from '../../../src/wasm/parallel-policy.js';

/** How many of the next `count` plans run in parallel. One takes `parallel` ms, of which it waits `waits`, or `alone` ms. */
function parallelPlans(policy: ParallelPolicy, count: number, parallel: number, waits: number, alone: number): number {
  let plans = 0;
  for (let i = 0; i < count; i++) {
    if (policy.isParallel) plans++;
    policy.record(policy.isParallel ? parallel : alone, policy.isParallel ? waits : 0);
  }
  return plans;
}

describe('ParallelPolicy', () => {
  it('stays parallel while threads hardly wait for each other', () => {
    assert.equal(parallelPlans(new ParallelPolicy(), 500, 10, 1, 5), 500);
  });

  it('measures plans on one thread when waits grow long, and stays parallel if that is faster', () => {
    // 8 parallel plans are measured, then 8 on one thread, then 72 run in parallel until the next measurement.
    assert.equal(parallelPlans(new ParallelPolicy(), 88, 10, 4, 16), 80);
  });

  it('uses one thread while that is faster, and tries parallel plans again later', () => {
    const policy = new ParallelPolicy();
    assert.equal(parallelPlans(policy, 88, 10, 4, 8), 8);
    assert.equal(parallelPlans(policy, 200, 5, 0, 8), 200);
  });
});
