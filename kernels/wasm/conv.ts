// conv.ts: a causal convolution of many rows, with the shortcut and ELU that follow it.
//
//   s[m, n] = bias[n] + Σₖ x[m, k] · W[n, k] (+ before[m, n]);   y = s,  activated = ELU(s)
//
// in   x          [M, K]         f32   row m at x + m·xStride bytes; rows may overlap
// in   W          [⌈N/8⌉, K, 8]  f32   packed by src/wasm/pack.ts: eight outputs side by side, zeros past N
// in   bias       [⌈N/8⌉·8]      f32
// in   before     [M, N]         f32   0 = none
// out  y          [M, N]         f32   0 = none
// out  activated  [M, N]         f32   0 = none; may be the input of the next convolution
//                                      rows of these three are `stride` bytes apart
//
// A convolution over [time, channels] rows is a product: the window of one output is K = taps·channels neighbouring
// floats, and the next window starts stride·channels floats later. No copy is needed (no im2col).
//
// Tiles of 6 rows × 8 outputs: twelve sums, two weights and one input fill the fifteen registers that an engine assigns,
// and the multiply-adds never wait. Each tile is a separate function that contains only its loop and its stores: if it
// is inlined, unrolled or ends with a branch, V8 keeps sums on the stack and takes twice as long.
//
// reference  kernels/reference/conv1d.ts     test  test/unit/kernels/conv.test.ts
import { elu } from './elu';
import { madd, storeLanes } from './lanes';

/** Rows computed for all outputs before the next rows: their window stays in the second-level cache. Even. */
export const ROWS: u32 = 96;

/** Without a fused multiply-add each product needs another register, and there are too few for six rows. */
// @ts-ignore: decorator
@inline
const SIX: bool = ASC_FEATURE_RELAXED_SIMD;

/** Six rows of eight sums, initialised from `from`. */
export function tile6x8(x: usize, xs: usize, w: usize, K: u32, from: usize, fs: usize, y: usize, ys: usize): void {
  let a0 = v128.load(from);
  let a1 = v128.load(from, 16);
  let b0 = v128.load(from + fs);
  let b1 = v128.load(from + fs, 16);
  let c0 = v128.load(from + 2 * fs);
  let c1 = v128.load(from + 2 * fs, 16);
  let d0 = v128.load(from + 3 * fs);
  let d1 = v128.load(from + 3 * fs, 16);
  let e0 = v128.load(from + 4 * fs);
  let e1 = v128.load(from + 4 * fs, 16);
  let f0 = v128.load(from + 5 * fs);
  let f1 = v128.load(from + 5 * fs, 16);
  const end = x + (<usize>K << 2);
  const x2 = 2 * xs;
  const x3 = 3 * xs;
  const x4 = 4 * xs;
  const x5 = 5 * xs;
  for (let p = x; p < end; p += 4, w += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let v = v128.load32_splat(p);
    a0 = madd(v, w0, a0);
    a1 = madd(v, w1, a1);
    v = v128.load32_splat(p + xs);
    b0 = madd(v, w0, b0);
    b1 = madd(v, w1, b1);
    v = v128.load32_splat(p + x2);
    c0 = madd(v, w0, c0);
    c1 = madd(v, w1, c1);
    v = v128.load32_splat(p + x3);
    d0 = madd(v, w0, d0);
    d1 = madd(v, w1, d1);
    v = v128.load32_splat(p + x4);
    e0 = madd(v, w0, e0);
    e1 = madd(v, w1, e1);
    v = v128.load32_splat(p + x5);
    f0 = madd(v, w0, f0);
    f1 = madd(v, w1, f1);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y + ys, b0);
  v128.store(y + ys, b1, 16);
  v128.store(y + 2 * ys, c0);
  v128.store(y + 2 * ys, c1, 16);
  v128.store(y + 3 * ys, d0);
  v128.store(y + 3 * ys, d1, 16);
  v128.store(y + 4 * ys, e0);
  v128.store(y + 4 * ys, e1, 16);
  v128.store(y + 5 * ys, f0);
  v128.store(y + 5 * ys, f1, 16);
}

export function tile4x8(x: usize, xs: usize, w: usize, K: u32, from: usize, fs: usize, y: usize, ys: usize): void {
  let a0 = v128.load(from);
  let a1 = v128.load(from, 16);
  let b0 = v128.load(from + fs);
  let b1 = v128.load(from + fs, 16);
  let c0 = v128.load(from + 2 * fs);
  let c1 = v128.load(from + 2 * fs, 16);
  let d0 = v128.load(from + 3 * fs);
  let d1 = v128.load(from + 3 * fs, 16);
  const end = x + (<usize>K << 2);
  const x2 = 2 * xs;
  const x3 = 3 * xs;
  for (let p = x; p < end; p += 4, w += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let v = v128.load32_splat(p);
    a0 = madd(v, w0, a0);
    a1 = madd(v, w1, a1);
    v = v128.load32_splat(p + xs);
    b0 = madd(v, w0, b0);
    b1 = madd(v, w1, b1);
    v = v128.load32_splat(p + x2);
    c0 = madd(v, w0, c0);
    c1 = madd(v, w1, c1);
    v = v128.load32_splat(p + x3);
    d0 = madd(v, w0, d0);
    d1 = madd(v, w1, d1);
  }
  v128.store(y, a0);
  v128.store(y, a1, 16);
  v128.store(y + ys, b0);
  v128.store(y + ys, b1, 16);
  v128.store(y + 2 * ys, c0);
  v128.store(y + 2 * ys, c1, 16);
  v128.store(y + 3 * ys, d0);
  v128.store(y + 3 * ys, d1, 16);
}

/** One row; `left` of the eight sums are outputs. */
function tile1x8(x: usize, w: usize, K: u32, from: usize, y: usize, left: i32): void {
  let a0 = v128.load(from);
  let a1 = v128.load(from, 16);
  const end = x + (<usize>K << 2);
  for (; x < end; x += 4, w += 32) {
    const v = v128.load32_splat(x);
    a0 = madd(v, v128.load(w), a0);
    a1 = madd(v, v128.load(w, 16), a1);
  }
  storeLanes(y, a0, left);
  if (left > 4) storeLanes(y + 16, a1, left - 4);
}

/** y = from + x·wᵀ: M rows of one block of eight outputs, of which the first `left` exist. fs = 0: the same row `from` for all. */
export function block8(
  x: usize, xs: usize, M: u32, w: usize, K: u32, from: usize, fs: usize, y: usize, ys: usize, left: i32,
): void {
  let m = M;
  if (left >= 8) {
    for (; SIX && m >= 6 && m != 8; m -= 6, x += 6 * xs, from += 6 * fs, y += 6 * ys) tile6x8(x, xs, w, K, from, fs, y, ys);
    for (; m >= 4; m -= 4, x += 4 * xs, from += 4 * fs, y += 4 * ys) tile4x8(x, xs, w, K, from, fs, y, ys);
  }
  for (; m > 0; m--, x += xs, from += fs, y += ys) tile1x8(x, w, K, from, y, left);
}

/** The sums of M rows. Weights outermost: a block of eight outputs is read once for all rows. */
function sums(x: usize, xs: usize, M: u32, W: usize, K: u32, N: u32, bias: usize, y: usize, ys: usize): void {
  const block = <usize>K << 5;
  for (let left = <i32>N; left > 0; left -= 8, W += block, bias += 32, y += 32) {
    block8(x, xs, M, W, K, bias, 0, y, ys, left);
  }
}

/** s[0 … n) += before. */
function addTo(s: usize, before: usize, n: u32): void {
  const end = s + ((<usize>n & ~3) << 2);
  for (; s < end; s += 16, before += 16) v128.store(s, f32x4.add(v128.load(s), v128.load(before)));
  if (n & 3) storeLanes(s, f32x4.add(v128.load(s), v128.load(before)), n & 3);
}

/** y = ELU(s) for M rows of N, `stride` bytes apart. */
export function activate(s: usize, y: usize, M: u32, N: u32, stride: usize): void {
  if (stride === <usize>N << 2) {
    elu(s, y, M * N);
    return;
  }
  for (; M; M--, s += stride, y += stride) elu(s, y, N);
}

export function conv(
  x: usize, xStride: u32, M: u32, W: usize, K: u32, N: u32, bias: usize, before: usize, y: usize, activated: usize, stride: u32,
): void {
  const xs = <usize>xStride;
  const ys = <usize>stride;
  const isWhole = stride === N << 2;
  let s = y ? y : activated;
  for (let m: u32 = 0; m < M; m += ROWS) {
    const rows = min<u32>(ROWS, M - m);
    const done = <usize>rows * ys;
    sums(x, xs, rows, W, K, N, bias, s, ys);
    if (before) {
      if (isWhole) addTo(s, before, rows * N);
      else for (let at: usize = 0; at < done; at += ys) addTo(s + at, before + at, N);
      before += done;
    }
    if (activated) {
      activate(s, activated, rows, N, ys);
      activated += done;
    }
    x += <usize>rows * xs;
    s += done;
  }
}
