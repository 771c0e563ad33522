import assert from 'node:assert/strict';
import { it } from 'node:test';
import { inBothBuilds } from './harness.js';

inBothBuilds('copy, clear, repeat', (open) => {
  it('move bytes, overlapping ones included', async () => {
    const bench = await open();
    const at = bench.put(Float32Array.of(1, 2, 3, 4, 5, 6));
    bench.kernels.copy(at, at + 8, 16);
    assert.deepEqual(bench.floats(at, 6), Float32Array.of(1, 2, 1, 2, 3, 4));
    bench.kernels.clear(at + 4, 8);
    assert.deepEqual(bench.floats(at, 6), Float32Array.of(1, 0, 0, 2, 3, 4));
  });

  it('repeat a row at the start of a stream only', async () => {
    const bench = await open();
    const [from, to, position] = [bench.put(Float32Array.of(7, 8)), bench.room(24), bench.room(4)];
    bench.kernels.repeat(from, to, 8, 3, position);
    assert.deepEqual(bench.floats(to, 6), Float32Array.of(7, 8, 7, 8, 7, 8));
    bench.host.arena.u32[position / 4] = 2;
    bench.kernels.clear(to, 24);
    bench.kernels.repeat(from, to, 8, 3, position);
    assert.deepEqual(bench.floats(to, 6), new Float32Array(6));
  });
});
