import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rvq } from '../../../kernels/reference/rvq.js';
import { inBothBuilds, near, normals, random, type Bench } from './harness.js';

function run(
  bench: Bench,
  x: Float32Array,
  centroids: Float32Array,
  L: number,
  bins: number,
  D: number,
): { codes: number[]; residual: Float32Array } {
  const half = Float32Array.from(
    { length: L * bins },
    (_, i) => centroids.subarray(i * D, i * D + D).reduce((sum, v) => sum + v * v, 0) / 2,
  );
  const [at, codes] = [bench.put(x), bench.room(L * 4)];
  bench.kernels.rvq(at, bench.put(centroids), bench.put(half), L, bins, D, codes, bench.room(bins * 4));
  return { codes: Array.from(bench.host.arena.u32.subarray(codes / 4, codes / 4 + L)), residual: bench.floats(at, D) };
}

inBothBuilds('rvq', (open) => {
  for (const [L, bins, D] of [
    [1, 2048, 256],
    [7, 256, 64],
    [3, 5, 9],
  ] as const) {
    it(`chooses as its twin does: ${L} levels of ${bins} × ${D}`, async () => {
      const bench = await open();
      const next = random(bins);
      const centroids = normals(next, L * bins * D);
      const x = normals(next, D, 2);
      const [actual, expected] = [run(bench, x, centroids, L, bins, D), rvq(x, centroids, L, bins, D)];
      assert.deepEqual(actual.codes, expected.codes);
      near(actual.residual, expected.residual, 1e-5);
    });
  }

  it('takes the first of two equal centroids, and the nearer of two that f32 scores cannot tell apart', async () => {
    const bench = await open();
    const D = 8;
    const far = new Float32Array(D).fill(9);
    const near1 = new Float32Array(D).fill(1000);
    const near2 = near1.slice();
    near2[0] = 1000 + 2 ** -13; // one ulp
    const x = near1.slice();
    assert.deepEqual(run(bench, x, Float32Array.from([...far, ...near2, ...near1, ...near1]), 1, 4, D).codes, [2]);
  });
});
