import { it } from 'node:test';
import { embed } from '../../../kernels/reference/embed.js';
import { bf16ToF32, f32ToF16 } from '../../../kernels/reference/f16.js';
import { inBothBuilds, near, normals, quantised, random } from './harness.js';

inBothBuilds('embed', (open) => {
  it('adds a row of every type of table, and the last row for an index past the end', async () => {
    const bench = await open();
    const [rows, M] = [9, 96];
    const table = normals(random(1), rows * M);
    const before = normals(random(2), M);
    const [q8, q4] = [quantised('q8_0', table), quantised('q4_0', table)];
    const brains = new Uint32Array(table.buffer).map((bits) => bits >>> 16);
    const tables = [
      ['embed_bf16', bench.put(Uint16Array.from(brains)), 2 * M, Float32Array.from(brains, bf16ToF32), 1e-6],
      ['embed_f32', bench.put(table), 4 * M, table, 1e-6],
      ['embed_f16', bench.put(Uint16Array.from(table, f32ToF16)), 2 * M, table, 2e-3],
      ['embed_q8_0', bench.put(q8.raw), (34 * M) / 32, q8.decoded, 1e-6],
      ['embed_q4_0', bench.put(q4.raw), (18 * M) / 32, q4.decoded, 1e-6],
    ] as const;
    for (const [kernel, at, stride, decoded, tolerance] of tables) {
      for (const [index, row] of [
        [0, 0],
        [5, 5],
        [8, 8],
        [4_000_000_000, 8],
      ] as const) {
        const y = bench.put(before);
        bench.kernels[kernel](at, stride, bench.put(Uint32Array.of(index)), rows, y, M);
        near(bench.floats(y, M), embed(decoded, row, before), tolerance);
      }
    }
  });
});
