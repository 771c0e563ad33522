import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rvq, rvqSketch } from '../../../kernels/reference/rvq.js';
import { rvqSize } from '../../../src/mimi/codebooks.js';
import { roundedFloats } from '../../../src/wasm/scratch.js';
import { inBothBuilds, near, normals, random, type Bench } from './harness.js';

/** Places centroids in memory like src/mimi/codebooks.ts. */
function putBooks(
  bench: Bench,
  centroids: Float32Array,
  L: number,
  bins: number,
  D: number,
): { C: number; sketch: number; bounds: number } {
  const size = rvqSize(bins, D);
  const [C, sketch, bounds] = [
    bench.put(centroids),
    bench.room(L * size.sketch),
    bench.host.arena.alloc(L * size.bounds, 'test'),
  ];
  for (let l = 0; l < L; l++) {
    bench.kernels.rvq_sketch(C + l * bins * D * 4, bins, D, sketch + l * size.sketch, bounds + l * size.bounds);
  }
  return { C, sketch, bounds };
}

function run(
  bench: Bench,
  x: Float32Array,
  centroids: Float32Array,
  L: number,
  bins: number,
  D: number,
): { codes: number[]; residual: Float32Array } {
  const { C, sketch, bounds } = putBooks(bench, centroids, L, bins, D);
  const size = rvqSize(bins, D);
  const [at, codes] = [bench.put(x), bench.room(L * 4)];
  const [scores, rounded] = [bench.room(size.groups * 16), bench.room(roundedFloats(D) * 4)];
  for (let l = 0; l < L; l++) {
    bench.kernels.rvq_scores(at, sketch + l * size.sketch, D, scores, rounded, 0, size.groups);
    const [book, bound] = [C + l * bins * D * 4, bounds + l * size.bounds];
    bench.kernels.rvq_choose(at, book, bound, bins, D, codes + 4 * l, scores, rounded);
  }
  bench.floats(scores, size.groups * 4);
  bench.floats(rounded, roundedFloats(D));
  return { codes: Array.from(bench.host.arena.u32.subarray(codes / 4, codes / 4 + L)), residual: bench.floats(at, D) };
}

inBothBuilds('rvq', (open) => {
  for (const [L, bins, D] of [
    [1, 2048, 256],
    [7, 256, 64],
    [3, 5, 9],
    [2, 33, 1],
    [2, 19, 700],
  ] as const) {
    it(`chooses like the reference: ${L} levels of ${bins} × ${D}`, async () => {
      const bench = await open();
      const next = random(bins);
      const centroids = normals(next, L * bins * D);
      const x = normals(next, D, 2);
      const [actual, expected] = [run(bench, x, centroids, L, bins, D), rvq(x, centroids, L, bins, D)];
      assert.deepEqual(actual.codes, expected.codes);
      near(actual.residual, expected.residual, 1e-5);
    });
  }

  it('chooses like the reference if a few centroids are a thousand times longer than the rest', async () => {
    const bench = await open();
    const [L, bins, D] = [4, 128, 32];
    for (let seed = 1; seed <= 8; seed++) {
      const next = random(seed);
      const centroids = normals(next, L * bins * D).map((v, i) => v * (Math.floor(i / D) % 17 === 3 ? 1000 : 1));
      const x = normals(next, D, seed % 2 ? 1 : 500);
      assert.deepEqual(run(bench, x, centroids, L, bins, D).codes, rvq(x, centroids, L, bins, D).codes);
    }
  });

  it('chooses the first of equally near centroids', async () => {
    const [far, one] = [new Float32Array(8).fill(9), new Float32Array(8).fill(1)];
    const centroids = Float32Array.from([...far, ...one, ...one]);
    assert.deepEqual(run(await open(), one.slice(), centroids, 1, 3, 8).codes, [1]);
    assert.deepEqual(run(await open(), new Float32Array(8), new Float32Array(24), 1, 3, 8).codes, [0]);
  });

  it('compares exact distances if int8 and f32 scores cannot distinguish centroids', async () => {
    const bench = await open();
    const [bins, D] = [512, 256];
    for (let seed = 1; seed <= 8; seed++) {
      const next = random(seed);
      // All within 1e-5 of one offset: |C|²/2 − x·C cancels, distances do not cancel.
      const centroids = normals(next, bins * D, 1e-5).map((v) => v + 10);
      const x = normals(next, D, 1e-5).map((v) => v + 10);
      assert.deepEqual(run(bench, x, centroids, 1, bins, D).codes, rvq(x, centroids, 1, bins, D).codes);
    }
  });
});

inBothBuilds('rvq_sketch', (open) => {
  for (const [bins, D] of [
    [12, 32],
    [7, 9],
  ] as const) {
    it(`rounds [${bins}, ${D}] like the reference`, async () => {
      const bench = await open();
      const centroids = normals(random(D), bins * D);
      centroids.fill(0, D, 2 * D); // a centroid of zeros
      const { sketch, bounds } = putBooks(bench, centroids, 1, bins, D);
      const expected = rvqSketch(centroids, bins, D);
      const { u8, f32 } = bench.host.arena;
      const plane = Math.ceil(bins / 4) * 4;
      for (let c = 0; c < bins; c++) {
        for (let d = 0; d < D; d++) {
          const cell = (Math.floor(c / 4) * Math.ceil(D / 4) + Math.floor(d / 4)) * 16;
          const byte = cell + 8 * (Math.floor(d / 2) % 2) + 2 * (c % 4) + (d % 2);
          assert.equal(((u8[sketch + byte] ?? 0) << 24) >> 24, expected.q[c * D + d], `[${c}, ${d}]`);
        }
        const at = bounds / 4 + c;
        near(Float32Array.of(f32[at] ?? NaN), expected.half.subarray(c, c + 1), 1e-5);
        near(Float32Array.of(f32[at + plane] ?? NaN), expected.scale.subarray(c, c + 1), 0);
        const error = f32[at + 2 * plane] ?? NaN;
        const [lost, norm] = [expected.lost[c] ?? NaN, Math.sqrt(2 * (expected.half[c] ?? NaN))];
        // At least the rounding error of the centroid, and not much more.
        assert.ok(error >= lost && error <= 1.001 * lost + 2e-4 * norm, `[${c}] ${error}, lost ${lost} of ${norm}`);
      }
    });
  }
});
