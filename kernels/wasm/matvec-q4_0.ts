// matvec-q4_0.ts: y = W·x for a few tokens, W in Q4_0, x in int8.
//
//   y[r, n] (+)= Σ_b d[n, b] · dx[r, b] · (Σ_j w[n, 32b + j]·q[r, 32b + j] − 8·Σ_j q[r, 32b + j])        w = 0 … 15
//
// in   W         [4·⌈N/16⌉, K/32, 80]  bytes  groups of four rows from pack.ts, zeros past N. A block: the rows' scales,
//                                            [4] f32, then byte 16j + 4i + e with elements 4j + e (low nibble) and
//                                            16 + 4j + e (high) of row i, j = 0 … 3
// in   q, dx, s                              from quantize.ts: [rows, K] i8, [rows, K/32] f32, [rows, K/32] i32
// out  y         [rows, N]             f32   row r at y + r·yStride bytes; added to where `add` is 1
// const  K a multiple of 32
//
// Two neighbouring lanes of the dot product own one row of W, so no sum is ever folded across rows, and four activations
// are splatted to all four rows at once. Nibbles are the 7-bit operand of the relaxed dot (0 … 15 fits), which makes it
// exact on every machine; the build without it has matvec-q4_0-plain.ts. Products of a whole block are summed in i16, 16 · 15 · 127 < 2¹⁵, and widened once: on x86
// the dot that adds into i32 costs two instructions more each time.
//
// W is read in four streams, a quarter of its groups apart: one stream alone leaves a core's prefetchers half idle.
// Two tokens share each unpacking, and all tokens each read from memory. A token's sums are the same in any company.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd } from './lanes';
import { BLOCK, finish, MASK, onePlain } from './matvec-q4_0-plain';

// @ts-ignore: decorator
@inline
function low(w: usize, mask: v128): v128 {
  return v128.and(v128.load(w), mask);
}

/** Shifting bytes would cost a mask of its own. */
// @ts-ignore: decorator
@inline
function high(w: usize, mask: v128): v128 {
  return v128.and(i16x8.shr_u(v128.load(w), 4), mask);
}

/** Nibbles times four activations each, added in pairs. */
// @ts-ignore: decorator
@inline
function pairs(x: usize, w: v128): v128 {
  return i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(x), w);
}

/** Σ_j w·q of one block for four rows: eight vectors of nibbles, elements 0–3, 16–19, 4–7 … */
// @ts-ignore: decorator
@inline
function dot(x: usize, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  let sum = i16x8.add(pairs(x, a), pairs(x + 16, b));
  sum = i16x8.add(i16x8.add(sum, pairs(x + 4, c)), pairs(x + 20, d));
  sum = i16x8.add(i16x8.add(sum, pairs(x + 8, e)), pairs(x + 24, f));
  sum = i16x8.add(i16x8.add(sum, pairs(x + 12, g)), pairs(x + 28, h));
  return i32x4.extadd_pairwise_i16x8_s(sum);
}

/** acc + d · scale · (bias + w·q) for one block of four rows at `w`. */
// @ts-ignore: decorator
@inline
function block(w: usize, x: usize, bias: v128, scale: v128, acc: v128, mask: v128): v128 {
  const sum = dot(
    x, low(w + 16, mask), high(w + 16, mask), low(w + 32, mask), high(w + 32, mask),
    low(w + 48, mask), high(w + 48, mask), low(w + 64, mask), high(w + 64, mask),
  );
  return madd(f32x4.convert_i32x4_s(i32x4.add(bias, sum)), f32x4.mul(scale, v128.load(w)), acc);
}

/** One token times one group of each stream; groups are `stream` bytes of W and `rows` rows of y apart. */
function one(w: usize, stream: usize, q: usize, dx: usize, s: usize, blocks: usize, y: usize, rows: u32, add: bool, left: i32): void {
  const mask = v128.load(MASK);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let w1 = w + stream;
  let w2 = w1 + stream;
  let w3 = w2 + stream;
  for (const end = q + (blocks << 5); q < end; q += 32, dx += 4, s += 4, w += BLOCK, w1 += BLOCK, w2 += BLOCK, w3 += BLOCK) {
    const bias = v128.load32_splat(s);
    const scale = v128.load32_splat(dx);
    a = block(w, q, bias, scale, a, mask);
    b = block(w1, q, bias, scale, b, mask);
    c = block(w2, q, bias, scale, c, mask);
    d = block(w3, q, bias, scale, d, mask);
  }
  const step = <usize>rows << 2;
  finish(y, a, add, left);
  finish(y + step, b, add, left - rows);
  finish(y + 2 * step, c, add, left - 2 * rows);
  finish(y + 3 * step, d, add, left - 3 * rows);
}

/** Two tokens times one group of two streams. The second token's activations follow the first's. */
function two(w: usize, stream: usize, q: usize, dx: usize, s: usize, blocks: usize, y: usize, rows: u32, yStride: usize, add: bool, left: i32): void {
  const mask = v128.load(MASK);
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let u = w + stream;
  const next = blocks << 2;
  const x1 = blocks << 5;
  for (const end = q + x1; q < end; q += 32, dx += 4, s += 4, w += BLOCK, u += BLOCK) {
    const bias0 = v128.load32_splat(s);
    const bias1 = v128.load32_splat(s + next);
    const scale0 = v128.load32_splat(dx);
    const scale1 = v128.load32_splat(dx + next);
    a0 = block(w, q, bias0, scale0, a0, mask);
    a1 = block(w, q + x1, bias1, scale1, a1, mask);
    b0 = block(u, q, bias0, scale0, b0, mask);
    b1 = block(u, q + x1, bias1, scale1, b1, mask);
  }
  const step = <usize>rows << 2;
  finish(y, a0, add, left);
  finish(y + yStride, a1, add, left);
  finish(y + step, b0, add, left - rows);
  finish(y + step + yStride, b1, add, left - rows);
}

export function matvec_q4_0(
  W: usize, q: usize, dx: usize, s: usize, y: usize, yStride: u32, rows: u32, N: u32, K: u32, add: u32,
): void {
  const blocks = <usize>(K >> 5);
  const group = blocks * BLOCK;
  const quarter = ((N + 15) >> 4) << 2; // rows of W in a stream
  const stream = <usize>(quarter >> 2) * group;
  const ys = <usize>yStride;
  const plus = add != 0;
  for (let n: u32 = 0; n < quarter; n += 4, W += group, y += 16) {
    const left = <i32>N - <i32>n;
    let r: u32 = 0;
    for (; ASC_FEATURE_RELAXED_SIMD && r + 2 <= rows; r += 2) {
      const x = q + <usize>r * K;
      const at = <usize>r * (blocks << 2);
      const to = y + <usize>r * ys;
      two(W, stream, x, dx + at, s + at, blocks, to, quarter, ys, plus, left);
      two(W + 2 * stream, stream, x, dx + at, s + at, blocks, to + (<usize>quarter << 3), quarter, ys, plus, left - 2 * quarter);
    }
    for (; r < rows; r++) {
      const x = q + <usize>r * K;
      const at = <usize>r * (blocks << 2);
      const to = y + <usize>r * ys;
      if (ASC_FEATURE_RELAXED_SIMD) one(W, stream, x, dx + at, s + at, blocks, to, quarter, plus, left);
      else onePlain(W, stream, x, dx + at, s + at, blocks, to, quarter, plus, left);
    }
  }
}
