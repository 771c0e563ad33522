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

  it('takes the first of equals', async () => {
    const [far, one] = [new Float32Array(8).fill(9), new Float32Array(8).fill(1)];
    const centroids = Float32Array.from([...far, ...one, ...one]);
    assert.deepEqual(run(await open(), one.slice(), centroids, 1, 3, 8).codes, [1]);
  });

  it('measures again where f32 scores cannot tell centroids apart', async () => {
    const bench = await open();
    const [bins, D] = [512, 256];
    for (let seed = 1; seed <= 8; seed++) {
      const next = random(seed);
      // All within 1e-5 of one offset: |C|²/2 − x·C cancels, distances do not.
      const centroids = normals(next, bins * D, 1e-5).map((v) => v + 10);
      const x = normals(next, D, 1e-5).map((v) => v + 10);
      assert.deepEqual(run(bench, x, centroids, 1, bins, D).codes, rvq(x, centroids, 1, bins, D).codes);
    }
  });
});
