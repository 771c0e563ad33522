import assert from 'node:assert/strict';
import { it } from 'node:test';
import { attention } from '../../../kernels/reference/attention.js';
import { inBothBuilds, near, normals, random } from './harness.js';

/** Queries, keys and weights of 14 bits: errors of a thousandth for numbers around 1, most of which average out. */
const ROUNDED = 1e-3;
const F32 = 1e-5;

inBothBuilds('attention of several streams, each over its own ring', (open) => {
  // [heads, head width, ring]: the language model's shape, and irregular ones.
  for (const [H, D, W] of [
    [2, 128, 40],
    [3, 64, 7],
    [2, 256, 10],
    [1, 32, 1],
    [3, 40, 7],
    [5, 6, 9],
  ] as const) {
    for (const rounded of D % 32 === 0 ? [0, 1] : [0]) {
      it(`matches the reference before, at and past the wrap: ${H} × ${D}, ${W} keys, ${rounded ? 'integers' : 'f32'}`, async () => {
        const bench = await open();
        const { kernels, host } = bench;
        const next = random(H * D + W);
        const ring = rounded ? H * (Math.ceil(W / 2) * D * 4 + Math.ceil(W / 4) * 16) : H * W * D * 4;
        const stride = 3 * H * D * 4;
        const streams = [0, 5].map((behind) => ({
          behind,
          at: bench.room(16 + 2 * ring),
          k: [] as number[],
          v: [] as number[],
        }));
        const [y, scores] = [bench.room(2 * H * D * 4), bench.room((2 * W + 16 + D) * 4)];
        for (let step = 0; step < 2 * W + 10; step++) {
          const live = streams.filter(({ behind }) => step >= behind);
          const qkv = normals(next, live.length * 3 * H * D);
          const x = bench.put(qkv);
          const slots = bench.put(Uint32Array.from(live.flatMap(({ at, behind }) => [at, step - behind])));
          const expected = live.flatMap(({ behind, k, v }, r) => {
            const row = (values: Float32Array, part: number): Float32Array =>
              values.subarray((3 * r + part) * H * D, (3 * r + part + 1) * H * D);
            k.push(...row(qkv, 1));
            v.push(...row(qkv, 2));
            const t = step - behind;
            return Array.from(attention(row(qkv, 0), Float32Array.from(k), Float32Array.from(v), t, 1, H, D, W));
          });
          const rows = live.length;
          kernels.ring_append(x + H * D * 4, stride, slots, 16, rows, H, D, W, rounded, 0);
          kernels.ring_append(x + 2 * H * D * 4, stride, slots, 16 + ring, rows, H, D, W, rounded, 1);
          kernels.ring_attention(x, stride, slots, 16, 16 + ring, y, scores, rows, H, D, W, rounded, 0, H);
          const actual = new Float32Array(host.arena.memory.buffer.slice(y, y + rows * H * D * 4));
          near(actual, Float32Array.from(expected), rounded ? ROUNDED : F32);
        }
        for (const { at } of streams) bench.floats(at, 4 + ring / 2);
        bench.floats(scores, 2 * W + 16 + D);
      });
    }
  }

  for (const rounded of [0, 1]) {
    it(`propagates NaN and infinity: ${rounded ? 'integers' : 'f32'}`, async () => {
      const bench = await open();
      const { kernels } = bench;
      const [D, W] = [32, 4];
      const ring = rounded ? (W / 2) * D * 4 + (W / 4) * 16 : W * D * 4;
      for (const part of [0, 1, 2]) {
        for (const bad of [0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000]) {
          for (let i = 0; i < D; i++) {
            const at = bench.room(16 + 2 * ring);
            const [y, scores] = [bench.room(D * 4), bench.room((2 * W + 16 + D) * 4)];
            for (let step = 0; step < 3; step++) {
              const qkv = normals(random(i + 40 * step), 3 * D);
              // In the query of the last step, or in a key or value of the step before, so that other rows also have weight.
              if (step === (part === 0 ? 2 : 1)) new Uint32Array(qkv.buffer)[part * D + i] = bad;
              const [x, slots] = [bench.put(qkv), bench.put(Uint32Array.of(at, step))];
              kernels.ring_append(x + D * 4, 0, slots, 16, 1, 1, D, W, rounded, 0);
              kernels.ring_append(x + 2 * D * 4, 0, slots, 16 + ring, 1, 1, D, W, rounded, 1);
              kernels.ring_attention(x, 0, slots, 16, 16 + ring, y, scores, 1, 1, D, W, rounded, 0, 1);
            }
            const isFinite = bench.floats(y, D).every(Number.isFinite);
            assert.ok(!isFinite, `${['query', 'key', 'value'][part]} ${i} ${bad.toString(16)}`);
          }
        }
      }
    });
  }
});
