import { it } from 'node:test';
import { conv1d } from '../../../kernels/reference/conv1d.js';
import { gemm } from '../../../kernels/reference/gemm.js';
import { packedF32Length, packF32 } from '../../../src/wasm/pack.js';
import { inBothBuilds, near, normals, random, type Bench } from './harness.js';

/** Sums of up to 700 products of unit normals in f32. */
const F32_SUM = 1e-4;

function putPacked(bench: Bench, W: Float32Array, N: number, K: number, taps = 1): number {
  const packed = new Float32Array(packedF32Length(N, K));
  packF32(W, N, K, packed, 0, taps);
  return bench.put(packed);
}

/** Vectors are padded to a multiple of eight, like those of src/wasm/pack-model.ts. */
function putVector(bench: Bench, v: Float32Array): number {
  const padded = new Float32Array(Math.ceil(v.length / 8) * 8);
  padded.set(v);
  return bench.put(padded);
}

inBothBuilds('gemm', (open) => {
  // Every tile: 4, 2 and 1 rows; 4 × 4, 2 × 4, 4 and fewer outputs.
  for (const M of [1, 2, 3, 4, 7, 8, 9]) {
    for (const [N, K] of [
      [1, 1],
      [6, 7],
      [8, 36],
      [20, 5],
      [39, 64],
      [100, 701],
    ] as const) {
      it(`matches the reference on [${M}, ${K}] · [${N}, ${K}]ᵀ`, async () => {
        const bench = await open();
        const next = random(M * 1000 + N);
        const [x, W, before] = [normals(next, M * K), normals(next, N * K), normals(next, M * N)];
        const [bias, scale] = [normals(next, N), normals(next, N)];
        const w = putPacked(bench, W, N, K);
        const [b, s] = [putVector(bench, bias), putVector(bench, scale)];
        const plain = bench.room(M * N * 4);
        bench.kernels.gemm(bench.put(x), K * 4, M, w, K, N, 0, 0, plain, N * 4, 0);
        near(bench.floats(plain, M * N), gemm(x, K, M, W, N, K), F32_SUM);
        const full = bench.put(Float32Array.from([...before, 0]));
        bench.kernels.gemm(bench.put(x), K * 4, M, w, K, N, b, s, full, N * 4, 1);
        near(
          bench.floats(full, M * N + 1).subarray(0, M * N),
          gemm(x, K, M, W, N, K, { bias, scale, add: before }),
          2 * F32_SUM,
        );
      });
    }
  }

  it('computes a causal convolution if rows overlap', async () => {
    const bench = await open();
    const next = random(3);
    const [T, C, N, taps, stride] = [16, 16, 32, 16, 8];
    const [x, past, W] = [normals(next, T * C), normals(next, (taps - stride) * C), normals(next, N * C * taps)];
    const y = bench.room((T / stride) * N * 4);
    const window = bench.put(Float32Array.from([...past, ...x]));
    const w = putPacked(bench, W, N, C * taps, taps);
    bench.kernels.gemm(window, stride * C * 4, T / stride, w, C * taps, N, 0, 0, y, N * 4, 0);
    near(bench.floats(y, (T / stride) * N), conv1d(x, past, W, undefined, { T, C, N, taps, stride }), F32_SUM);
  });
});
