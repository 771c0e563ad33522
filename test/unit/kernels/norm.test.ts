import { it } from 'node:test';
import { layerNorm, rmsNorm } from '../../../kernels/reference/norm.js';
import { inBothBuilds, near, normals, random } from './harness.js';

/** Sums of up to 2 048 squares in f32. */
const F32_SUM = 2e-5;

inBothBuilds('layer_norm, rms_norm', (open) => {
  for (const [rows, C] of [
    [1, 1],
    [2, 6],
    [3, 64],
    [1, 250],
    [2, 2048],
  ] as const) {
    it(`match the reference on [${rows}, ${C}]`, async () => {
      const bench = await open();
      const next = random(C);
      const [x, w, b] = [normals(next, rows * C, 5), normals(next, C), normals(next, C)];
      const y = bench.room(rows * C * 4);
      bench.kernels.layer_norm(bench.put(x), bench.put(w), bench.put(b), y, rows, C, 1e-5);
      near(bench.floats(y, rows * C), layerNorm(x, w, b, C, 1e-5), F32_SUM);
      const z = bench.room(rows * C * 4);
      bench.kernels.rms_norm(bench.put(x), bench.put(w), z, rows, C, 1e-8);
      near(bench.floats(z, rows * C), rmsNorm(x, w, C, 1e-8), F32_SUM);
    });
  }

  it('stays accurate if the mean is large', async () => {
    const bench = await open();
    const C = 512;
    const x = normals(random(7), C).map((v) => v + 1000);
    const [w, b] = [new Float32Array(C).fill(1), new Float32Array(C)];
    const y = bench.room(C * 4);
    bench.kernels.layer_norm(bench.put(x), bench.put(w), bench.put(b), y, 1, C, 1e-5);
    near(bench.floats(y, C), layerNorm(x, w, b, C, 1e-5), 1e-3);
  });
});
