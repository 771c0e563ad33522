import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { createWasmHost } from '../../../src/wasm/host.js';
import { PlanBuilder } from '../../../src/wasm/plan.js';
import { Scratch, StateLayout } from '../../../src/wasm/state-blocks.js';
import { sourceHelpers } from './source-helpers.js';

/** Stops the pools of a test. */
const started: (() => void)[] = [];
afterEach(() => {
  for (const stop of started.splice(0)) stop();
});

describe('plan', () => {
  it('replays its calls in order, and frees its memory', async () => {
    const host = await createWasmHost({ build: 'simd' });
    const at = host.arena.alloc(64, 'test');
    host.arena.f32.set([1, 2, 3, 4], at / 4);
    const plan = new PlanBuilder()
      .op('copy', { from: at, to: at + 16, bytes: 16 })
      .op('clear', { to: at, bytes: 8 })
      .build(host, 'test plan');
    plan.run();
    assert.equal(plan.length, 2);
    assert.deepEqual(Array.from(host.arena.f32.subarray(at / 4, at / 4 + 8)), [0, 0, 3, 4, 1, 2, 3, 4]);
    const before = host.arena.bytes;
    plan.release();
    new PlanBuilder().op('clear', { to: at, bytes: 8 }).op('copy', { from: at, to: at, bytes: 1 }).build(host, 'again');
    assert.equal(host.arena.bytes, before);
  });

  it('resolves addresses of a slot to the block that is bound to it', async () => {
    const host = await createWasmHost({ build: 'simd' });
    const [at, other, to] = [64, 64, 64].map((bytes) => host.arena.alloc(bytes, 'test')) as [number, number, number];
    host.arena.f32.set([1, 2, 3, 4], at / 4 + 4);
    host.arena.f32.set([5, 6, 7, 8], other / 4 + 4);
    const mine = StateLayout.ofSlot(1);
    mine.words(4);
    const state = mine.words(4);
    assert.equal(mine.bytes, 32);
    const plan = new PlanBuilder().op('copy', { from: state + 4, to, bytes: 8 }).build(host, 'slot plan');
    const copied = (): number[] => Array.from(host.arena.f32.subarray(to / 4, to / 4 + 2));
    assert.throws(() => plan.run(), /slot 1 is not bound/);
    plan.bindSlot(1, at);
    plan.run();
    assert.deepEqual(copied(), [2, 3]);
    plan.bindSlot(1, other);
    plan.bindSlot(0, at);
    plan.run();
    assert.deepEqual(copied(), [6, 7]);
  });

  it('rejects an argument that is not a number of the declared type', () => {
    assert.throws(() => new PlanBuilder().op('clear', { to: -4, bytes: 8 }), /clear\.to is -4, expected a u32/);
    assert.throws(() => new PlanBuilder().op('clear', { to: 0, bytes: 2 ** 40 }), /clear\.bytes is 1099511627776/);
    assert.throws(
      () => new PlanBuilder().op('rms_norm', { x: 0, w: 0, y: 0, rows: 1, C: 1, eps: NaN }),
      /rms_norm\.eps is NaN/,
    );
  });
});

/** Runs a plan of `branches` parallel branches; each doubles its numbers `times` times, via its scratch buffer. */
async function doubleInBranches(
  threads: number,
  branches: number,
  times: number,
): Promise<{ barriers: number; length: number; values: number[] }> {
  const host = await createWasmHost({ build: 'simd', helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  await host.pool?.started;
  const { arena } = host;
  const n = 64;
  const [x, ones] = [arena.alloc(branches * n * 4, 'numbers'), arena.alloc(n * 4, 'ones')];
  arena.f32.fill(1, ones / 4, ones / 4 + n);
  for (let branch = 0; branch < branches; branch++)
    arena.f32.fill(branch + 1, x / 4 + branch * n, x / 4 + (branch + 1) * n);
  const scratch = new Scratch(host, 'test');
  const builder = new PlanBuilder();
  for (let time = 0; time < times; time++)
    builder.parallel(branches, (branch) => {
      const [own, at] = [scratch.forBranch(branch).f32('copy', n), x + branch * n * 4];
      builder.op('copy', { from: at, to: own, bytes: n * 4 });
      // x · 1 + x
      builder.op('conv', {
        x: own,
        xStride: 4,
        M: n,
        W: ones,
        K: 1,
        N: 1,
        bias: 0,
        before: own,
        y: at,
        activated: 0,
        stride: 4,
      });
    });
  const plan = builder.build(host, 'branches');
  plan.run();
  const values = Array.from({ length: branches }, (_, branch) => arena.f32[x / 4 + branch * n + n - 1]!);
  return { barriers: plan.barriers, length: plan.length, values };
}

describe('parallel branches of a plan', () => {
  it('run on one thread each, without barriers between their calls', async () => {
    const expected = [8, 16];
    for (const [threads, barriers] of [
      [1, 0],
      [2, 1],
    ] as const)
      assert.deepEqual(
        await doubleInBranches(threads, 2, 3),
        { barriers, length: 12, values: expected },
        `${threads} threads`,
      );
  });

  it('synchronise after a limited amount of work, so that no thread waits long for a late one', async () => {
    const host = await createWasmHost({ build: 'simd', helpers: sourceHelpers(2) });
    started.push(() => host.pool?.stop());
    const n = 100_000; // work of 2 million, of at most 8 million between two barriers
    const x = host.arena.alloc(2 * n * 4, 'numbers');
    const barriers = [4, 5, 9].map((calls) => {
      const builder = new PlanBuilder();
      for (let i = 0; i < calls; i++) builder.parallel(2, (branch) => builder.op('gelu', { x: x + branch * n * 4, n }));
      return builder.build(host, 'branches').barriers;
    });
    assert.deepEqual(barriers, [1, 2, 3]);
  });

  it('are divided call by call if they do not divide evenly among the threads', async () => {
    // These calls are too small to divide: with three branches one thread runs them all.
    assert.deepEqual(await doubleInBranches(2, 3, 1), { barriers: 0, length: 6, values: [2, 4, 6] });
    assert.deepEqual(await doubleInBranches(2, 4, 1), { barriers: 1, length: 8, values: [2, 4, 6, 8] });
  });

  it('must have equally many calls', () => {
    const builder = new PlanBuilder();
    const uneven = (branch: number): void => {
      for (let i = 0; i <= branch; i++) builder.op('clear', { to: 0, bytes: 4 });
    };
    assert.throws(() => builder.parallel(2, uneven), /branches have 1, 2 calls/);
  });
});
