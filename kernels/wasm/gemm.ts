// gemm.ts: y = x·Wᵀ in f32, the one matrix product behind every convolution and f32 linear layer.
//
//   y[m, n] (+)= scale[n] · (bias[n] + Σₖ x[m, k] · W[n, k])
//
// in   x      [M, K]          f32   row m at x + m·xStride bytes; rows may overlap
// in   W      [⌈N/8⌉, K, 8]   f32   packed by src/wasm/pack.ts: eight outputs side by side, zeros past N
// in   bias   [⌈N/8⌉·8]       f32   0 = none
// in   scale  [⌈N/8⌉·8]       f32   0 = none
// out  y      [M, N]          f32   row m at y + m·yStride bytes; added to where `add` is 1
//
// A causal convolution over [time, channels] rows is this product: the window of one output is K = taps·channels
// neighbouring floats, the next window starts stride·channels floats later. Nothing is gathered (no im2col).
//
// Tiles: 4 rows × 8 outputs, else 2 × 16, else 1 × 32: eight sums in registers each, so that the
// multiply-adds of one do not wait for those of another.
//
// reference  kernels/reference/gemm.ts     test  test/unit/kernels/gemm.test.ts
import { madd, storeLanes } from './lanes';

/** Finishes four sums: scale, add to what is there, store the first `count`. */
// @ts-ignore: decorator
@inline
function finish(y: usize, v: v128, scale: usize, add: bool, count: i32): void {
  if (count <= 0) return;
  let r = v;
  if (scale) r = f32x4.mul(r, v128.load(scale));
  if (add) r = f32x4.add(r, v128.load(y));
  storeLanes(y, r, <u32>count);
}

/** Finishes eight sums of one row. `left` outputs remain from here on. */
function finish8(y: usize, a: v128, b: v128, scale: usize, add: bool, left: i32): void {
  finish(y, a, scale, add, left);
  finish(y + 16, b, scale ? scale + 16 : 0, add, left - 4);
}

// @ts-ignore: decorator
@inline
function start(bias: usize, offset: usize): v128 {
  return bias ? v128.load(bias + offset) : f32x4.splat(0);
}

function tile4x8(x: usize, xs: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, ys: usize, add: bool, left: i32): void {
  let a0 = start(bias, 0);
  let a1 = start(bias, 16);
  let b0 = a0;
  let b1 = a1;
  let c0 = a0;
  let c1 = a1;
  let d0 = a0;
  let d1 = a1;
  const end = x + (<usize>K << 2);
  const x1 = xs;
  const x2 = xs + xs;
  const x3 = x2 + xs;
  for (let p = x; p < end; p += 4, w += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let v = v128.load32_splat(p);
    a0 = madd(v, w0, a0);
    a1 = madd(v, w1, a1);
    v = v128.load32_splat(p + x1);
    b0 = madd(v, w0, b0);
    b1 = madd(v, w1, b1);
    v = v128.load32_splat(p + x2);
    c0 = madd(v, w0, c0);
    c1 = madd(v, w1, c1);
    v = v128.load32_splat(p + x3);
    d0 = madd(v, w0, d0);
    d1 = madd(v, w1, d1);
  }
  finish8(y, a0, a1, scale, add, left);
  finish8(y + ys, b0, b1, scale, add, left);
  finish8(y + 2 * ys, c0, c1, scale, add, left);
  finish8(y + 3 * ys, d0, d1, scale, add, left);
}

/** Two rows and one block of eight. */
function tile2x8(x: usize, xs: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, ys: usize, add: bool, left: i32): void {
  let a0 = start(bias, 0);
  let a1 = start(bias, 16);
  let b0 = a0;
  let b1 = a1;
  const end = x + (<usize>K << 2);
  for (let p = x; p < end; p += 4, w += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    let v = v128.load32_splat(p);
    a0 = madd(v, w0, a0);
    a1 = madd(v, w1, a1);
    v = v128.load32_splat(p + xs);
    b0 = madd(v, w0, b0);
    b1 = madd(v, w1, b1);
  }
  finish8(y, a0, a1, scale, add, left);
  finish8(y + ys, b0, b1, scale, add, left);
}

/** Two rows and two blocks of eight. */
function tile2x16(x: usize, xs: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, ys: usize, add: bool, left: i32): void {
  let a0 = start(bias, 0);
  let a1 = start(bias, 16);
  let a2 = start(bias, 32);
  let a3 = start(bias, 48);
  let b0 = a0;
  let b1 = a1;
  let b2 = a2;
  let b3 = a3;
  const end = x + (<usize>K << 2);
  const block = <usize>K << 5;
  for (let p = x; p < end; p += 4, w += 32) {
    const w0 = v128.load(w);
    const w1 = v128.load(w, 16);
    const w2 = v128.load(w + block);
    const w3 = v128.load(w + block, 16);
    let v = v128.load32_splat(p);
    a0 = madd(v, w0, a0);
    a1 = madd(v, w1, a1);
    a2 = madd(v, w2, a2);
    a3 = madd(v, w3, a3);
    v = v128.load32_splat(p + xs);
    b0 = madd(v, w0, b0);
    b1 = madd(v, w1, b1);
    b2 = madd(v, w2, b2);
    b3 = madd(v, w3, b3);
  }
  const next = scale ? scale + 32 : 0;
  finish8(y, a0, a1, scale, add, left);
  finish8(y + 32, a2, a3, next, add, left - 8);
  finish8(y + ys, b0, b1, scale, add, left);
  finish8(y + ys + 32, b2, b3, next, add, left - 8);
}

/** One row and one block of eight, two steps of k at a time. */
function tile1x8(x: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, add: bool, left: i32): void {
  let a0 = start(bias, 0);
  let a1 = start(bias, 16);
  let b0 = f32x4.splat(0);
  let b1 = b0;
  let k: u32 = 0;
  for (; k + 2 <= K; k += 2, x += 8, w += 64) {
    let v = v128.load32_splat(x);
    a0 = madd(v, v128.load(w), a0);
    a1 = madd(v, v128.load(w, 16), a1);
    v = v128.load32_splat(x, 4);
    b0 = madd(v, v128.load(w, 32), b0);
    b1 = madd(v, v128.load(w, 48), b1);
  }
  if (k < K) {
    const v = v128.load32_splat(x);
    a0 = madd(v, v128.load(w), a0);
    a1 = madd(v, v128.load(w, 16), a1);
  }
  finish8(y, f32x4.add(a0, b0), f32x4.add(a1, b1), scale, add, left);
}

/** One row and four blocks of eight. */
function tile1x32(x: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, add: bool, left: i32): void {
  let a0 = start(bias, 0);
  let a1 = start(bias, 16);
  let b0 = start(bias, 32);
  let b1 = start(bias, 48);
  let c0 = start(bias, 64);
  let c1 = start(bias, 80);
  let d0 = start(bias, 96);
  let d1 = start(bias, 112);
  const end = x + (<usize>K << 2);
  const block = <usize>K << 5;
  let w1 = w + block;
  let w2 = w1 + block;
  let w3 = w2 + block;
  for (let p = x; p < end; p += 4, w += 32, w1 += 32, w2 += 32, w3 += 32) {
    const v = v128.load32_splat(p);
    a0 = madd(v, v128.load(w), a0);
    a1 = madd(v, v128.load(w, 16), a1);
    b0 = madd(v, v128.load(w1), b0);
    b1 = madd(v, v128.load(w1, 16), b1);
    c0 = madd(v, v128.load(w2), c0);
    c1 = madd(v, v128.load(w2, 16), c1);
    d0 = madd(v, v128.load(w3), d0);
    d1 = madd(v, v128.load(w3, 16), d1);
  }
  finish8(y, a0, a1, scale, add, left);
  finish8(y + 32, b0, b1, scale ? scale + 32 : 0, add, left - 8);
  finish8(y + 64, c0, c1, scale ? scale + 64 : 0, add, left - 16);
  finish8(y + 96, d0, d1, scale ? scale + 96 : 0, add, left - 24);
}

export function gemm(
  x: usize, xStride: u32, M: u32, W: usize, K: u32, N: u32, bias: usize, scale: usize, y: usize, yStride: u32, add: u32,
): void {
  const plus = add != 0;
  const xs = <usize>xStride;
  const ys = <usize>yStride;
  const block = <usize>K << 5;
  const quads = M & ~3;
  const blocks = (N + 7) >> 3;
  for (let n: u32 = 0; n < blocks && quads; n++) {
    const at = <usize>n << 5;
    const b = bias ? bias + at : 0;
    const s = scale ? scale + at : 0;
    const left = <i32>N - <i32>(n << 3);
    for (let m: u32 = 0; m < quads; m += 4) {
      tile4x8(x + <usize>m * xs, xs, W + <usize>n * block, K, b, s, y + <usize>m * ys + at, ys, plus, left);
    }
  }
  let m = quads;
  if (M - m >= 2) {
    const xm = x + <usize>m * xs;
    const ym = y + <usize>m * ys;
    let n: u32 = 0;
    for (; n + 2 <= blocks; n += 2) {
      const at = <usize>n << 5;
      tile2x16(xm, xs, W + <usize>n * block, K, bias ? bias + at : 0, scale ? scale + at : 0, ym + at, ys, plus, <i32>N - <i32>(n << 3));
    }
    if (n < blocks) {
      const at = <usize>n << 5;
      tile2x8(xm, xs, W + <usize>n * block, K, bias ? bias + at : 0, scale ? scale + at : 0, ym + at, ys, plus, <i32>N - <i32>(n << 3));
    }
    m += 2;
  }
  if (m < M) {
    const xm = x + <usize>m * xs;
    const ym = y + <usize>m * ys;
    let n: u32 = 0;
    for (; n + 4 <= blocks; n += 4) {
      const at = <usize>n << 5;
      tile1x32(xm, W + <usize>n * block, K, bias ? bias + at : 0, scale ? scale + at : 0, ym + at, plus, <i32>N - <i32>(n << 3));
    }
    for (; n < blocks; n++) {
      const at = <usize>n << 5;
      tile1x8(xm, W + <usize>n * block, K, bias ? bias + at : 0, scale ? scale + at : 0, ym + at, plus, <i32>N - <i32>(n << 3));
    }
  }
}
