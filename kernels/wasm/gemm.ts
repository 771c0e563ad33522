// gemm.ts: y = x·Wᵀ in f32 for one or two rows of each stream, the linear layers, at the speed of memory.
//
//   y[m, n] (+)= scale[n] · (bias[n] + Σₖ x[m, k] · W[n, k])
//
// in   x      [M, K]              f32   row m at x + m·xStride bytes; rows may overlap
// in   W      [⌈N/8⌉·2, K, 4]     f32   packed by src/wasm/pack.ts: four outputs side by side, zeros past N
// in   bias   [⌈N/8⌉·8]           f32   0 = none
// in   scale  [⌈N/8⌉·8]           f32   0 = none
// out  y      [M, N]              f32   row m at y + m·yStride bytes; added to where `add` is 1
//
// Each weight is used once or twice, so reading it from memory is the cost. Rows are computed in pairs, and outputs four
// by four from four quarters of the matrix at once: four long memory streams are half as fast again as one. Further
// pairs, of another audio stream, find a group's weights in the cache. Four rows go through two quarters of the matrix
// and then through the other two, because a memory stream that is interrupted is slower. For many rows of one audio
// stream see conv.ts.
//
// reference  kernels/reference/gemm.ts     test  test/unit/kernels/gemm.test.ts
import { madd, storeLanes } from './lanes';

/** Finishes four sums: adds the bias, scales, adds y if `add`, stores the first `count`. */
// @ts-ignore: decorator
@inline
function finish(y: usize, v: v128, bias: usize, scale: usize, add: bool, count: i32): void {
  if (count <= 0) return;
  let r = v;
  if (bias) r = f32x4.add(r, v128.load(bias));
  if (scale) r = f32x4.mul(r, v128.load(scale));
  if (add) r = f32x4.add(r, v128.load(y));
  storeLanes(y, r, <u32>count);
}

/** Finishes sixteen sums of one row, four groups `far` outputs apart. `left` outputs remain from the first on. */
function finish16(y: usize, a: v128, b: v128, c: v128, d: v128, bias: usize, scale: usize, add: bool, far: u32, left: i32): void {
  const step = <usize>far << 2;
  finish(y, a, bias, scale, add, left);
  finish(y + step, b, bias ? bias + step : 0, scale ? scale + step : 0, add, left - far);
  finish(y + 2 * step, c, bias ? bias + 2 * step : 0, scale ? scale + 2 * step : 0, add, left - 2 * far);
  finish(y + 3 * step, d, bias ? bias + 3 * step : 0, scale ? scale + 3 * step : 0, add, left - 3 * far);
}

/** Two rows and four groups, `far` outputs apart. */
export function tile2x16(
  x: usize, xs: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, ys: usize, add: bool, far: u32, left: i32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  const end = x + (<usize>K << 2);
  const far1 = (<usize>K * <usize>far) << 2;
  const far2 = far1 + far1;
  const far3 = far2 + far1;
  for (let p = x; p < end; p += 4, w += 16) {
    const u = v128.load32_splat(p);
    const v = v128.load32_splat(p + xs);
    const w0 = v128.load(w);
    a0 = madd(u, w0, a0);
    b0 = madd(v, w0, b0);
    const w1 = v128.load(w + far1);
    a1 = madd(u, w1, a1);
    b1 = madd(v, w1, b1);
    const w2 = v128.load(w + far2);
    a2 = madd(u, w2, a2);
    b2 = madd(v, w2, b2);
    const w3 = v128.load(w + far3);
    a3 = madd(u, w3, a3);
    b3 = madd(v, w3, b3);
  }
  finish16(y, a0, a1, a2, a3, bias, scale, add, far, left);
  finish16(y + ys, b0, b1, b2, b3, bias, scale, add, far, left);
}

/** Finishes eight sums of one row, two groups `far` outputs apart. `left` outputs remain from the first on. */
function finish8(y: usize, a: v128, b: v128, bias: usize, scale: usize, add: bool, far: u32, left: i32): void {
  const step = <usize>far << 2;
  finish(y, a, bias, scale, add, left);
  finish(y + step, b, bias ? bias + step : 0, scale ? scale + step : 0, add, left - far);
}

/** Four rows and two groups, `far` outputs apart: as many products per byte of W as a core computes while it is read. */
function tile4x8(
  x: usize, xs: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, ys: usize, add: bool, far: u32, left: i32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const end = x + (<usize>K << 2);
  let w1 = w + ((<usize>K * <usize>far) << 2);
  let q = x + xs;
  let r = q + xs;
  let s = r + xs;
  for (let p = x; p < end; p += 4, q += 4, r += 4, s += 4, w += 16, w1 += 16) {
    const v0 = v128.load(w);
    const v1 = v128.load(w1);
    let u = v128.load32_splat(p);
    a0 = madd(u, v0, a0);
    a1 = madd(u, v1, a1);
    u = v128.load32_splat(q);
    b0 = madd(u, v0, b0);
    b1 = madd(u, v1, b1);
    u = v128.load32_splat(r);
    c0 = madd(u, v0, c0);
    c1 = madd(u, v1, c1);
    u = v128.load32_splat(s);
    d0 = madd(u, v0, d0);
    d1 = madd(u, v1, d1);
  }
  finish8(y, a0, a1, bias, scale, add, far, left);
  finish8(y + ys, b0, b1, bias, scale, add, far, left);
  finish8(y + 2 * ys, c0, c1, bias, scale, add, far, left);
  finish8(y + 3 * ys, d0, d1, bias, scale, add, far, left);
}

/** One row and four groups, `far` outputs apart. */
export function tile1x16(
  x: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, add: bool, far: u32, left: i32,
): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = x + (<usize>K << 2);
  const far1 = (<usize>K * <usize>far) << 2;
  const far2 = far1 + far1;
  const far3 = far2 + far1;
  for (; x < end; x += 4, w += 16) {
    const v = v128.load32_splat(x);
    a = madd(v, v128.load(w), a);
    b = madd(v, v128.load(w + far1), b);
    c = madd(v, v128.load(w + far2), c);
    d = madd(v, v128.load(w + far3), d);
  }
  finish16(y, a, b, c, d, bias, scale, add, far, left);
}

/** One row and one group, for the remaining outputs. */
function tile1x4(x: usize, w: usize, K: u32, bias: usize, scale: usize, y: usize, add: bool, left: i32): void {
  let a = f32x4.splat(0);
  const end = x + (<usize>K << 2);
  for (; x < end; x += 4, w += 16) a = madd(v128.load32_splat(x), v128.load(w), a);
  finish(y, a, bias, scale, add, left);
}

/** The outputs in quarters of `far`, four rows at a time. */
function rowsInFours(
  x: usize, xs: usize, M: u32, W: usize, K: u32, N: u32, bias: usize, scale: usize, y: usize, ys: usize, add: bool, far: u32,
): void {
  const group = <usize>K << 4;
  for (let half: u32 = 0; half < 4 * far; half += 2 * far) {
    let w = W + <usize>(half >> 2) * group;
    for (let n = half; n < half + far; n += 4, w += group) {
      const at = <usize>n << 2;
      const b = bias ? bias + at : 0;
      const s = scale ? scale + at : 0;
      let p = x;
      let to = y + at;
      for (let m: u32 = 0; m < M; m += 4, p += 4 * xs, to += 4 * ys) tile4x8(p, xs, w, K, b, s, to, ys, add, far, <i32>N - <i32>n);
    }
  }
}

export function gemm(
  x: usize, xStride: u32, M: u32, W: usize, K: u32, N: u32, bias: usize, scale: usize, y: usize, yStride: u32, add: u32,
): void {
  const plus = add != 0;
  const xs = <usize>xStride;
  const ys = <usize>yStride;
  const group = <usize>K << 4;
  // Each memory stream reads one quarter of the outputs, so that all end together.
  const far = (((N + 3) >> 2) >> 2) << 2;
  const inFours = (M & 3) == 0;
  if (inFours) rowsInFours(x, xs, M, W, K, N, bias, scale, y, ys, plus, far);
  let w = W;
  for (let n: u32 = 0; n < far && !inFours; n += 4, w += group) {
    const at = <usize>n << 2;
    const b = bias ? bias + at : 0;
    const s = scale ? scale + at : 0;
    const left = <i32>N - <i32>n;
    let p = x;
    let to = y + at;
    let m: u32 = 0;
    for (; m + 2 <= M; m += 2, p += 2 * xs, to += 2 * ys) tile2x16(p, xs, w, K, b, s, to, ys, plus, far, left);
    if (m < M) tile1x16(p, w, K, b, s, to, plus, far, left);
  }
  w = W + <usize>far * group;
  for (let n = far << 2; n < N; n += 4, w += group) {
    const at = <usize>n << 2;
    const b = bias ? bias + at : 0;
    const s = scale ? scale + at : 0;
    const left = <i32>N - <i32>n;
    let p = x;
    let to = y + at;
    for (let m: u32 = 0; m < M; m++, p += xs, to += ys) tile1x4(p, w, K, b, s, to, plus, left);
  }
}
