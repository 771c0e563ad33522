import assert from 'node:assert/strict';
import { it } from 'node:test';
import { bf16ToF32, f16ToF32, f32ToF16 } from '../../../kernels/reference/f16.js';
import { dequantizeActivations, matvec } from '../../../kernels/reference/matvec.js';
import { quantize } from '../../../kernels/reference/quantize.js';
import { pack } from '../../../kernels/reference/pack.js';
import { packedQuantBytes } from '../../../src/wasm/pack.js';
import { inBothBuilds, near, normals, quantised, random, type Bench } from './harness.js';

/** Sums of up to 1 408 products in f32, of weights and activations around 1. */
const F32_SUM = 5e-4;
/** Numbers of tokens that cover every code path of the kernel: single tokens and pairs. */
const TOKENS = 5;
const SHAPES = [
  [1, 32],
  [4, 64],
  [5, 96],
  [8, 256],
  [11, 704],
  [100, 1408],
] as const;

/** Packed by the reference of pack.ts, with the zeros that follow the last row. */
function putQuantised(bench: Bench, type: 'q4_0' | 'q8_0', raw: Uint8Array, N: number, K: number): number {
  const W = bench.room(packedQuantBytes(type, N, K));
  bench.host.arena.u8.set(pack(type, raw, N, K), W);
  return W;
}

inBothBuilds('matvec', (open) => {
  it('quantises activations like the reference', async () => {
    const bench = await open();
    const K = 320;
    const x = normals(random(5), K, 4);
    x.fill(0, 64, 96); // a block of silence
    const [q, d, s] = [bench.room(K), bench.room(K / 8), bench.room(K / 8)];
    bench.kernels.quantize(bench.put(x), q, d, s, K);
    const expected = quantize(x);
    assert.deepEqual(new Int8Array(bench.host.arena.memory.buffer.slice(q, q + K)), expected.q);
    assert.deepEqual(new Int16Array(bench.host.arena.memory.buffer.slice(s, s + K / 8)), expected.s);
    near(bench.floats(d, K / 32), expected.d, 1e-9);
  });

  it('propagates NaN and infinity from every place in a block', async () => {
    const bench = await open();
    // Both NaNs (x86 generates the negative one) and both infinities.
    for (const bad of [0x7fc00000, 0xffc00000, 0x7f800000, 0xff800000]) {
      for (let i = 0; i < 32; i++) {
        const x = normals(random(i), 64, 4);
        new Uint32Array(x.buffer)[32 + i] = bad;
        const [q, d, s] = [bench.room(64), bench.room(8), bench.room(8)];
        bench.kernels.quantize(bench.put(x), q, d, s, 64);
        const [fine, scale] = bench.floats(d, 2);
        assert.ok(Number.isFinite(fine) && !Number.isFinite(scale), `${bad} at ${i}: ${scale}`);
      }
    }
  });

  for (const [N, K] of SHAPES) {
    it(`multiplies Q4_0 and Q8_0 weights exactly, except for rounding of the last sum: [${N}, ${K}]`, async () => {
      const bench = await open();
      const next = random(N * K);
      const [x, W, before] = [normals(next, TOKENS * K), normals(next, N * K), normals(next, TOKENS * N)];
      const a = quantize(x);
      const [q, dx, s] = [bench.put(a.q), bench.put(a.d), bench.put(a.s)];
      const activations = dequantizeActivations(a.q, a.d);
      for (const type of ['q4_0', 'q8_0'] as const) {
        const { raw, decoded } = quantised(type, W);
        const w = putQuantised(bench, type, raw, N, K);
        const run = (y: number, rows: number, add: 0 | 1, from = 0): void => {
          const [qr, dr, sr] = [q + from * K, dx + (from * K) / 8, s + (from * K) / 8];
          if (type === 'q4_0') bench.kernels.matvec_q4_0(w, qr, dr, sr, y, N * 4, rows, N, K, add);
          else bench.kernels.matvec_q8_0(w, qr, dr, y, N * 4, rows, N, K, add);
        };
        const alone = Array.from({ length: TOKENS }, (_, r) => {
          const y = bench.room(N * 4);
          run(y, 1, 0, r);
          near(bench.floats(y, N), matvec(decoded, activations.subarray(r * K, (r + 1) * K), N, K), F32_SUM);
          return Array.from(bench.floats(y, N));
        });
        for (let rows = 1; rows <= TOKENS; rows++) {
          const y = bench.room(rows * N * 4);
          run(y, rows, 0);
          assert.deepEqual(
            Array.from(bench.floats(y, rows * N)),
            alone.slice(0, rows).flat(),
            `${rows} tokens together`,
          );
          const z = bench.put(before.subarray(0, rows * N));
          run(z, rows, 1);
          const sum = before.subarray(0, rows * N).map((v, i) => v + alone.flat()[i]!);
          assert.deepEqual(bench.floats(z, rows * N), sum, `${rows} tokens added`);
        }
      }
    });
  }

  it('computes the sums of the most extreme blocks, whose intermediate sums wrap', async () => {
    const bench = await open();
    const [N, K, rows] = [16, 32, 3];
    // Nibbles 0 and 15, so that a lane, a row or half a block contains only one of them.
    const raw = new Uint8Array(N * 18);
    for (let n = 0; n < N; n++) {
      raw[18 * n + 1] = 0x3c; // a scale of 1
      const nibble = (k: number): number =>
        ((n >> 2) & 1) ^ (n & 1 && k & 2 ? 1 : 0) ^ (n & 2 && k >= 16 ? 1 : 0) ? 15 : 0;
      for (let j = 0; j < 16; j++) raw[18 * n + 2 + j] = nibble(j) | (nibble(j + 16) << 4);
    }
    const weight = (n: number, k: number): number =>
      (k < 16 ? raw[18 * n + 2 + k]! & 15 : raw[18 * n + 2 + k - 16]! >> 4) - 8;
    const signs = [() => 1, () => -1, (k: number) => (k & 2 ? 1 : -1)];
    const x = Float32Array.from({ length: rows * K }, (_, i) => 127 * signs[Math.floor(i / K)]!(i % K));
    const a = quantize(x);
    const w = putQuantised(bench, 'q4_0', raw, N, K);
    const y = bench.room(rows * N * 4);
    bench.kernels.matvec_q4_0(w, bench.put(a.q), bench.put(a.d), bench.put(a.s), y, N * 4, rows, N, K, 0);
    const expected = Array.from({ length: rows * N }, (_, i) =>
      Array.from({ length: K }, (__, k) => weight(i % N, k) * x[Math.floor(i / N) * K + k]!).reduce(
        (sum, v) => sum + v,
      ),
    );
    assert.equal(Math.max(...expected), 8 * 127 * 32);
    assert.deepEqual(Array.from(bench.floats(y, rows * N)), expected);
  });

  for (const [N, K] of [...SHAPES, [3, 7], [2, 9]] as const) {
    it(`multiplies f16 and bf16 weights: [${N}, ${K}]`, async () => {
      const bench = await open();
      const next = random(N + K);
      const [x, W, before] = [normals(next, K), normals(next, N * K, 1e-3), normals(next, N)]; // f16 subnormals among W
      const upper = new Uint32Array(W.buffer).map((bits) => bits >>> 16);
      for (const [kernel, halves, decoded] of [
        ['matvec_f16', Uint16Array.from(W, f32ToF16), W.map((v) => f16ToF32(f32ToF16(v)))],
        ['matvec_bf16', Uint16Array.from(upper), Float32Array.from(upper, bf16ToF32)],
      ] as const) {
        const w = bench.put(halves);
        const y = bench.room(N * 4);
        bench.kernels[kernel](w, bench.put(x), y, N, K, 0);
        const expected = matvec(decoded, x, N, K);
        near(bench.floats(y, N), expected, 1e-6);
        const z = bench.put(Float32Array.from([...before, 0]));
        bench.kernels[kernel](w, bench.put(x), z, N, K, 1);
        const sum = expected.map((v, n) => v + before[n]!);
        near(bench.floats(z, N + 1).subarray(0, N), sum, 1e-6);
      }
    });
  }
});
