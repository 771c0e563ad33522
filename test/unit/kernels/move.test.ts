import assert from 'node:assert/strict';
import { it } from 'node:test';
import { clear, copy, repeat } from '../../../kernels/reference/move.js';
import { inBothBuilds, random, type Bench } from './harness.js';

const BYTES = 96;

/** Runs a kernel on a block of noise and returns the block; offsets are relative to it. */
function run(bench: Bench, kernel: (at: number) => void): { before: Uint8Array; after: Uint8Array } {
  const next = random(8);
  const before = Uint8Array.from({ length: BYTES }, () => Math.floor(next() * 256));
  const at = bench.put(before);
  kernel(at);
  return { before, after: bench.host.arena.u8.slice(at, at + BYTES) };
}

inBothBuilds('copy, clear, repeat', (open) => {
  it('move bytes like the reference, also between overlapping ranges', async () => {
    const bench = await open();
    const moves = [
      [0, 8, 40],
      [8, 0, 40],
      [0, 48, 48],
      [4, 4, 0],
    ] as const;
    for (const [from, to, bytes] of moves) {
      const { before, after } = run(bench, (at) => bench.kernels.copy(at + from, at + to, bytes));
      assert.deepEqual(after, copy(before, from, to, bytes));
    }
    const { before, after } = run(bench, (at) => bench.kernels.clear(at + 4, 9));
    assert.deepEqual(after, clear(before, 4, 9));
  });

  it('repeat a row only at the start of a stream', async () => {
    const bench = await open();
    const position = bench.room(4);
    for (const t of [0, 2]) {
      bench.host.arena.u32[position / 4] = t;
      const { before, after } = run(bench, (at) => bench.kernels.repeat(at, at + 8, 8, 3, position));
      assert.deepEqual(after, repeat(before, 0, 8, 8, 3, t));
    }
  });
});
