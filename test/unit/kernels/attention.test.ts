import { it } from 'node:test';
import { attention } from '../../../kernels/reference/attention.js';
import { inBothBuilds, near, normals, random } from './harness.js';

inBothBuilds('attention over a ring', (open) => {
  // [rows per call, heads, head width, ring]: the shapes of the language model and the codec, and irregular ones.
  for (const [rows, H, D, W] of [
    [1, 2, 128, 24],
    [2, 8, 64, 16],
    [2, 3, 10, 7],
    [3, 2, 20, 9],
    [1, 5, 6, 1],
  ] as const) {
    it(`matches the reference before, at and past the wrap: ${rows} rows, ${H} × ${D}, ${W} keys`, async () => {
      const bench = await open();
      const next = random(H * D);
      const stride = H * D * 4;
      const strip = D % 16 === 0 ? 16 : D;
      const [K, V] = [bench.room(H * W * D * 4), bench.room(H * W * D * 4)];
      const [y, scores, position] = [bench.room(rows * stride), bench.room(Math.min(rows, 2) * W * 4), bench.room(4)];
      let keys = new Float32Array(0);
      let values = new Float32Array(0);
      for (let t = 0; t < 3 * W + 4; t += rows) {
        const [q, k, v] = [normals(next, rows * H * D), normals(next, rows * H * D), normals(next, rows * H * D)];
        keys = Float32Array.from([...keys, ...k]);
        values = Float32Array.from([...values, ...v]);
        bench.host.arena.u32[position / 4] = t;
        bench.kernels.kv_append(bench.put(k), stride, K, rows, H, D, W, position, 0, H);
        bench.kernels.kv_append(bench.put(v), stride, V, rows, (H * D) / strip, strip, W, position);
        bench.kernels.attention(bench.put(q), stride, K, V, y, scores, rows, H, D, W, position, 0, H);
        near(bench.floats(y, rows * H * D), attention(q, keys, values, t, rows, H, D, W), 1e-5);
      }
    });
  }
});
