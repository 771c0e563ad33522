import assert from 'node:assert/strict';
import { it } from 'node:test';
import { argmax, softmax } from '../../../kernels/reference/softmax.js';
import { inBothBuilds, near, normals, random, type Bench } from './harness.js';

function choose(bench: Bench, x: Float32Array): { token: number; probability: number } {
  const out = bench.room(8);
  bench.kernels.argmax(bench.put(x), x.length, out);
  return { token: bench.host.arena.u32[out / 4]!, probability: bench.host.arena.f32[out / 4 + 1]! };
}

inBothBuilds('softmax, argmax', (open) => {
  it('match the reference', async () => {
    const bench = await open();
    const x = normals(random(2), 24, 5);
    const at = bench.put(x);
    bench.kernels.softmax(at, 4, 6);
    near(bench.floats(at, 24), softmax(x, 6), 1e-6);
    const large = x.map((v) => v + 500);
    const high = bench.put(large);
    bench.kernels.softmax(high, 4, 6);
    near(bench.floats(high, 24), softmax(large, 6), 1e-6);
    for (const n of [1, 100, 8000]) {
      const logits = normals(random(n), n, 4).map((v) => v + 200);
      const [actual, expected] = [choose(bench, logits), argmax(logits)!];
      assert.equal(actual.token, expected.token);
      assert.ok(Math.abs(actual.probability - expected.probability) < 1e-5);
    }
  });

  it('chooses the first of equal logits and ignores logits that are not finite', async () => {
    const bench = await open();
    assert.equal(choose(bench, Float32Array.of(1, 3, 3, 2)).token, 1);
    assert.equal(choose(bench, Float32Array.of(NaN, -5, Infinity, -6)).token, 1);
  });

  it('reports that no logit is finite', async () => {
    assert.equal(choose(await open(), Float32Array.of(NaN, Infinity, -Infinity)).token, 0xffff_ffff);
  });
});
