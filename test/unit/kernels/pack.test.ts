import assert from 'node:assert/strict';
import { it } from 'node:test';
import { pack } from '../../../kernels/reference/pack.js';
import { inBothBuilds, normals, quantised, random } from './harness.js';

inBothBuilds('pack', (open) => {
  for (const [N, K] of [
    [1, 32],
    [4, 64],
    [7, 96],
    [18, 352],
  ] as const) {
    it(`packs [${N}, ${K}] like the reference, in windows of any size`, async () => {
      const bench = await open();
      const { kernels } = bench;
      for (const type of ['q4_0', 'q8_0'] as const) {
        const { raw } = quantised(type, normals(random(N), N * K));
        const expected = pack(type, raw, N, K);
        const to = bench.room(expected.length);
        const rowBytes = raw.length / N;
        for (let row = 0; row < N; row += 8) {
          const rows = raw.subarray(row * rowBytes, (row + 8) * rowBytes);
          kernels[`pack_${type}`](
            bench.put(rows),
            to + (row / 4) * (expected.length / Math.ceil(N / 4)),
            rows.length / rowBytes,
            K,
          );
        }
        bench.floats(to, expected.length / 4);
        assert.deepEqual(bench.host.arena.u8.slice(to, to + expected.length), expected);
      }
    });
  }
});
