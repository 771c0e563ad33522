import { it } from 'node:test';
import { conv1d } from '../../../kernels/reference/conv1d.js';
import { elu } from '../../../kernels/reference/elementwise.js';
import { packedF32Length, packF32, packStrided, packThree, type Planes } from '../../../src/wasm/pack.js';
import { inBothBuilds, near, normals, random, type Bench } from './harness.js';

/** Sums of up to 128 products of unit normals in f32. */
const F32_SUM = 1e-4;

/** T, C, N, taps, stride: every tile of rows (6, 4, 1) and outputs (8, fewer), and more rows than one chunk. */
const SHAPES = [
  [24, 6, 10, 8, 4],
  [6, 12, 6, 3, 1],
  [20, 1, 12, 7, 1],
  [8, 16, 32, 16, 8],
  [16, 5, 16, 1, 1],
  [227, 3, 24, 3, 1],
  [115, 2, 9, 1, 1],
] as const;

function putConv(
  bench: Bench,
  [T, C, N, taps, stride]: (typeof SHAPES)[number],
): { args: number[]; rows: number; expected: Float32Array } {
  const next = random(T * N + taps);
  const [x, past, W, bias] = [
    normals(next, T * C),
    normals(next, (taps - stride) * C),
    normals(next, N * C * taps),
    normals(next, N),
  ];
  const packed = new Float32Array(packedF32Length(N, C * taps));
  packF32(W, N, C * taps, packed, 0, taps, 8);
  const padded = new Float32Array(Math.ceil(N / 8) * 8);
  padded.set(bias);
  const window = bench.put(Float32Array.from([...past, ...x]));
  return {
    args: [window, stride * C * 4, T / stride, bench.put(packed), C * taps, N, bench.put(padded)],
    rows: T / stride,
    expected: conv1d(x, past, W, bias, { T, C, N, taps, stride }),
  };
}

inBothBuilds('conv', (open) => {
  for (const shape of SHAPES) {
    const [T, C, N, taps, stride] = shape;
    it(`matches the reference: [${T}, ${C}], ${taps} taps, stride ${stride}, ${N} outputs`, async () => {
      const bench = await open();
      const { args, rows, expected } = putConv(bench, shape);
      const n = rows * N;
      const [y, activated] = [bench.room(n * 4), bench.room(n * 4)];
      bench.kernels.conv(...args, 0, y, activated, N * 4);
      near(bench.floats(y, n), expected, F32_SUM);
      near(bench.floats(activated, n), elu(expected), F32_SUM);
    });
  }

  it('adds the shortcut before ELU, and stores the sums only if asked to', async () => {
    const bench = await open();
    const { args, rows, expected } = putConv(bench, [115, 2, 9, 1, 1]);
    const n = rows * 9;
    const before = normals(random(7), n);
    const sum = expected.map((v, i) => v + before[i]!);
    const [from, activated, y] = [bench.put(before), bench.room(n * 4), bench.room(n * 4)];
    bench.kernels.conv(...args, from, 0, activated, 9 * 4);
    near(bench.floats(activated, n), elu(sum), F32_SUM);
    near(new Float32Array(bench.host.arena.memory.buffer, from, n), before, 0);
    bench.kernels.conv(...args, from, y, 0, 9 * 4);
    near(bench.floats(y, n), sum, F32_SUM);
  });
});

inBothBuilds('conv_strided', (open) => {
  // Tiles of 6, 4 and 1 pairs of rows and of 8 or fewer outputs, and more rows than one chunk.
  for (const [M, channels, N, stride] of [
    [2, 5, 8, 3],
    [10, 6, 12, 4],
    [16, 16, 16, 2],
    [22, 1, 24, 5],
    [230, 3, 16, 2],
  ] as const) {
    it(`matches the reference: ${M} rows of ${N} from ${channels} channels at stride ${stride}`, async () => {
      const bench = await open();
      const next = random(M * N);
      const [T, taps, L] = [M * stride, 2 * stride, channels * stride];
      const [x, past] = [normals(next, T * channels), normals(next, stride * channels)];
      const [W, bias] = [normals(next, N * channels * taps), normals(next, N)];
      const padded = new Float32Array(Math.ceil(N / 8) * 8);
      padded.set(bias);
      const packed = written(packStrided(W, N, channels, stride));
      const window = bench.put(Float32Array.from([...past, ...x]));
      const steps = bench.room(Math.min(M, 96) * L * 4);
      const [y, activated] = [bench.room(M * N * 4), bench.room(M * N * 4)];
      bench.kernels.conv_strided(window, M, bench.put(packed), L, N, bench.put(padded), y, activated, steps, N * 4);
      const expected = conv1d(x, past, W, bias, { T, C: channels, N, taps, stride });
      near(bench.floats(y, M * N), expected, F32_SUM);
      near(bench.floats(activated, M * N), elu(expected), F32_SUM);
      bench.floats(steps, Math.min(M, 96) * L);
    });
  }
});

inBothBuilds('conv_three', (open) => {
  // Tiles of 6, 4 and 1 pairs of rows, and more rows than one chunk.
  for (const [M, channels, N] of [
    [2, 4, 8],
    [16, 16, 24],
    [22, 8, 16],
    [230, 12, 8],
  ] as const) {
    it(`matches the reference: ${M} rows of ${N} from ${channels} channels`, async () => {
      const bench = await open();
      const next = random(M * N);
      const [x, past] = [normals(next, M * channels), normals(next, 2 * channels)];
      const [W, bias] = [normals(next, N * channels * 3), normals(next, N)];
      const window = bench.put(Float32Array.from([...past, ...x]));
      const size = 8 + 96 * 4 + Math.min(M, 96) * 2 * channels;
      const [mixed, y, activated] = [bench.room(size * 4), bench.room(M * N * 4), bench.room(M * N * 4)];
      const W4 = bench.put(written(packThree(W, N, channels)));
      bench.kernels.conv_three(window, M, W4, channels, N, bench.put(bias), y, activated, mixed, N * 4);
      const expected = conv1d(x, past, W, bias, { T: M, C: channels, N, taps: 3, stride: 1 });
      near(bench.floats(y, M * N), expected, F32_SUM);
      near(bench.floats(activated, M * N), elu(expected), F32_SUM);
      bench.floats(mixed, size);
    });
  }
});

function written(planes: Planes): Float32Array<ArrayBuffer> {
  const all = new Float32Array(planes.length);
  planes.write(all, 0);
  return all;
}
