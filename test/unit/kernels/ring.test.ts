import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attention } from '../../../kernels/reference/attention.js';
import { f16ToF32, f32ToF16 } from '../../../kernels/reference/f16.js';
import { inBothBuilds, near, normals, random } from './harness.js';

/** What a ring of halves holds of these. */
const halved = (values: Float32Array): Float32Array => values.map((v) => f16ToF32(f32ToF16(v)));

inBothBuilds('attention of several streams, each over its own ring', (open) => {
  // [heads, head width, ring]: the language model's shape, and awkward ones.
  for (const [H, D, W] of [
    [2, 128, 40],
    [3, 40, 7],
    [1, 8, 1],
    [5, 6, 9],
  ] as const) {
    for (const half of D % 8 === 0 ? [0, 1] : [0]) {
      it(`matches its twin before, at and past the wrap: ${H} × ${D}, ${W} keys, ${half ? 'f16' : 'f32'}`, async () => {
        const bench = await open();
        const { kernels, host } = bench;
        const next = random(H * D + W);
        const ring = (H * W * D * 4) / (half ? 2 : 1);
        const stride = 3 * H * D * 4;
        const streams = [0, 5].map((behind) => ({
          behind,
          at: bench.room(16 + 2 * ring),
          q: [] as number[],
          k: [] as number[],
          v: [] as number[],
        }));
        const [y, scores] = [bench.room(2 * H * D * 4), bench.room((W + 4 + D) * 4)];
        for (let step = 0; step < 2 * W + 10; step++) {
          const live = streams.filter(({ behind }) => step >= behind);
          const qkv = normals(next, live.length * 3 * H * D);
          const x = bench.put(qkv);
          const seats = bench.put(Uint32Array.from(live.flatMap(({ at, behind }) => [at, step - behind])));
          const kept = half ? halved(qkv) : qkv;
          const expected = live.flatMap(({ behind, k, v }, r) => {
            const row = (values: Float32Array, part: number): Float32Array =>
              values.subarray((3 * r + part) * H * D, (3 * r + part + 1) * H * D);
            k.push(...row(kept, 1));
            v.push(...row(kept, 2));
            const t = step - behind;
            return Array.from(attention(row(qkv, 0), Float32Array.from(k), Float32Array.from(v), t, 1, H, D, W));
          });
          const rows = live.length;
          kernels.ring_append(x + H * D * 4, stride, seats, 16, rows, H, D, W, half);
          kernels.ring_append(x + 2 * H * D * 4, stride, seats, 16 + ring, rows, H, D, W, half);
          kernels.ring_attention(x, stride, seats, 16, 16 + ring, y, scores, rows, H, D, W, half);
          const actual = new Float32Array(host.arena.memory.buffer.slice(y, y + rows * H * D * 4));
          near(actual, Float32Array.from(expected), 1e-5);
        }
        for (const { at } of streams) bench.floats(at, 4 + ring / 2);
        bench.floats(scores, W + 4 + D);
      });
    }
  }

  it('keeps halves to the nearest, ties to even, and no larger than they go', async () => {
    const bench = await open();
    const { kernels, host } = bench;
    const values = normals(random(3), 4096).map((v, i) => v * 2 ** ((i % 48) - 30));
    const ties = Float32Array.from({ length: 64 }, (_, i) => (2048 + i) * 2 ** -11 * (1 + 2 ** -11) * 2 ** -(i % 20));
    const small = Float32Array.from({ length: 64 }, (_, i) => (i + 0.5) * 2 ** -24);
    const x = Float32Array.from([...values, ...ties, ...small, 0, -0, 65504, -65504, 1e6, -1e6, 65519, 65520]);
    const seats = bench.put(Uint32Array.of(bench.room(2 * x.length), 0));
    kernels.ring_append(bench.put(x), 0, seats, 0, 1, 1, x.length, 1, 1);
    const at = host.arena.u32[seats / 4]!;
    const halves = new Uint16Array(host.arena.memory.buffer.slice(at, at + 2 * x.length));
    const most = (bits: number): number => ((bits & 0x7fff) >= 0x7c00 ? (bits & 0x8000) | 0x7bff : bits);
    assert.deepEqual(
      Array.from(halves),
      Array.from(x, (v) => most(f32ToF16(v))),
    );
  });
});
