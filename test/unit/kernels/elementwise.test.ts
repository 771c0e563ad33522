import { it } from 'node:test';
import { elu, gelu, swiglu } from '../../../kernels/reference/elementwise.js';
import { inBothBuilds, near, normals, random } from './harness.js';

/** A few ulp of values up to 8. */
const F32 = 2e-6;

inBothBuilds('elu, gelu, swiglu', (open) => {
  for (const n of [1, 2, 3, 4, 5, 30, 64, 1023]) {
    it(`match the reference on ${n} values`, async () => {
      const bench = await open();
      const x = normals(random(n), n, 3);
      const y = bench.room(n * 4);
      bench.kernels.elu(bench.put(x), y, n);
      near(bench.floats(y, n), elu(x), F32);
      const g = bench.put(x);
      bench.kernels.gelu(g, n);
      near(bench.floats(g, n), gelu(x), F32);
      const gateUp = normals(random(n + 1), 2 * n, 3);
      const z = bench.room(n * 4);
      const gate = bench.put(gateUp);
      bench.kernels.swiglu(gate, gate + 4 * n, 8 * n, z, 4 * n, 1, n);
      near(bench.floats(z, n), swiglu(gateUp), 4 * F32);
    });
  }

  it('are accurate to a few parts in ten million over the whole range of the exponential', async () => {
    const bench = await open();
    const n = 351;
    const gates = Float32Array.from({ length: n }, (_, i) => (i - 175) / 2); // −87.5 … 87.5
    const gateUp = Float32Array.from([...gates, ...new Float32Array(n).fill(1)]);
    const y = bench.room(n * 4);
    const gate = bench.put(gateUp);
    bench.kernels.swiglu(gate, gate + 4 * n, 8 * n, y, 4 * n, 1, n);
    const [actual, expected] = [bench.floats(y, n), swiglu(gateUp)];
    const relative = actual.map((v, i) => (expected[i] === 0 ? v : v / expected[i]! - 1));
    near(relative, new Float32Array(n), 5e-7);
  });

  it('reach their limits far from zero', async () => {
    const bench = await open();
    const x = Float32Array.of(-1e30, -200, -88, -1e-7, 0, 1e-7, 88, 200);
    const at = bench.put(x);
    bench.kernels.elu(at, at, x.length);
    near(bench.floats(at, x.length), elu(x), 1e-12);
    const g = bench.put(x.subarray(1));
    bench.kernels.gelu(g, x.length - 1);
    near(bench.floats(g, x.length - 1), gelu(x.subarray(1)), 1e-4);
  });
});
