import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rope } from '../../../kernels/reference/rope.js';
import { Rotation } from '../../../src/wasm/rotation.js';
import { inBothBuilds, near, normals, random, type Bench } from './harness.js';

function run(
  bench: Bench,
  x: Float32Array,
  t: number,
  rows: number,
  H: number,
  D: number,
): { y: Float32Array; rotation: Float32Array } {
  const rotation = new Float32Array(rows * D);
  for (let r = 0; r < rows; r++) new Rotation(D, 100_000).write(rotation, r * D, t + r);
  const at = bench.put(x);
  bench.kernels.rope(at, H * D * 4, bench.put(rotation), rows, H, D);
  return { y: bench.floats(at, x.length), rotation };
}

inBothBuilds('rope', (open) => {
  // 270 000 steps: six hours.
  for (const t of [0, 1, 749, 270_000]) {
    it(`matches the reference at t = ${t}, for odd head counts and widths`, async () => {
      const bench = await open();
      for (const [rows, H, D] of [
        [1, 16, 128],
        [2, 3, 10],
        [1, 1, 2],
      ] as const) {
        const x = normals(random(t), rows * H * D);
        const { y, rotation } = run(bench, x, t, rows, H, D);
        near(y, rope(x, rotation, rows, H, D), 1e-6);
      }
    });
  }

  it('needs angles in f64: f32 angles are off by hundredths after six hours', () => {
    const rotation = new Float32Array(4);
    new Rotation(4, 100_000).write(rotation, 0, 270_000);
    const angles = [270_000, 270_000 * 100_000 ** -0.5];
    near(rotation, Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])), 1e-7);
  });

  it('leaves position 0 unchanged', async () => {
    const x = normals(random(1), 64);
    assert.deepEqual(run(await open(), x, 0, 1, 2, 32).y, x);
  });

  it('rotates neighbours, not halves', async () => {
    const { y } = run(await open(), Float32Array.of(1, 0, 0, 0), 1, 1, 1, 4);
    near(y, Float32Array.of(Math.cos(1), Math.sin(1), 0, 0), 1e-6);
  });
});
