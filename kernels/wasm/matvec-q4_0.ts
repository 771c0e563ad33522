// matvec-q4_0.ts: y = W·x for a few tokens, W in Q4_0, x in int8.
//
//   y[r, n] (+)= Σ_b d[n, b] · dx[r, b] · (Σ_j w[n, 32b + j]·q[r, 32b + j] − 8·Σ_j q[r, 32b + j])        w = 0 … 15
//
// in   W         [4·⌈N/16⌉, K/32, 80]  bytes  groups of four rows from pack.ts, zeros past N. A block: the rows' scales,
//                                            [4] f32, then byte 16j + 4i + e with elements 4j + e (low nibble) and
//                                            16 + 4j + e (high) of row i, j = 0 … 3
// in   q, dx, s                              from quantize.ts: [rows, K] i8, [rows, K/32] f32, [rows, K/32, 2] i16
// out  y         [rows, N]             f32   row r at y + r·yStride bytes; added to where `add` is 1
// const  K a multiple of 32
//
// Two neighbouring lanes of the dot product belong to one row of W, so no sum is folded across rows, and one splat of
// four activations serves all four rows. Nibbles are the 7-bit operand of the relaxed dot (0 … 15 fits), which makes it
// exact on every machine; the build without it uses matvec-q4_0-plain.ts. The products of a whole block are summed in
// i16, starting from the contribution of the −8, and widened once: on x86 the dot that adds into i32 costs two more
// instructions each time. The final sum of a lane is at most 16·8·127 + 8·16·127 < 2¹⁵; intermediate sums may wrap.
//
// The limit of a core here is the number of vector instructions it can issue, loads included. So each splat of
// activations serves all groups, each unpacked nibble both tokens, and an inner loop handles sixteen bytes of each group
// per iteration: in straight-line code a compiler computes one sum after the other and spills the values they share
// (decision 0009).
//
// W is read in four memory streams, a quarter of its groups apart: a single stream leaves a core's prefetchers half idle.
// Two tokens share each unpacking, and all tokens each read from memory. An even number of tokens goes through two of
// the streams to their end and then through the other two, because an interrupted stream is slower. A token's sums do
// not depend on the other tokens.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd } from './lanes';
import { BLOCK, finish, MASK, onePlain } from './matvec-q4_0-plain';

/** Bytes of a block's scales, and of the nibbles of eight elements of each row. */
const STEP: usize = 16;

/** The high nibbles. Shifts i16 because shifting i8 would need another mask. */
// @ts-ignore: decorator
@inline
function high(v: v128, mask: v128): v128 {
  return v128.and(i16x8.shr_u(v, 4), mask);
}

/** sum + nibbles times four activations each, added in pairs. */
// @ts-ignore: decorator
@inline
function plus(sum: v128, x: v128, w: v128): v128 {
  return i16x8.add(sum, i16x8.relaxed_dot_i8x16_i7x16_s(x, w));
}

/** acc + d · scale · sum for one block of four rows, whose scales lie at `w`. */
// @ts-ignore: decorator
@inline
function scaled(w: usize, sum: v128, scale: v128, acc: v128): v128 {
  return madd(f32x4.convert_i32x4_s(i32x4.extadd_pairwise_i16x8_s(sum)), f32x4.mul(scale, v128.load(w)), acc);
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
  for (const end = q + (blocks << 5); q < end; q += 16, dx += 4, s += 4, w += STEP, w1 += STEP, w2 += STEP, w3 += STEP) {
    const bias = v128.load32_splat(s);
    let sa = bias;
    let sb = bias;
    let sc = bias;
    let sd = bias;
    for (const half = q + 16; q < half; q += 4, w += STEP, w1 += STEP, w2 += STEP, w3 += STEP) {
      const x = v128.load32_splat(q);
      const far = v128.load32_splat(q, 16);
      let v = v128.load(w, STEP);
      sa = plus(plus(sa, x, v128.and(v, mask)), far, high(v, mask));
      v = v128.load(w1, STEP);
      sb = plus(plus(sb, x, v128.and(v, mask)), far, high(v, mask));
      v = v128.load(w2, STEP);
      sc = plus(plus(sc, x, v128.and(v, mask)), far, high(v, mask));
      v = v128.load(w3, STEP);
      sd = plus(plus(sd, x, v128.and(v, mask)), far, high(v, mask));
    }
    const scale = v128.load32_splat(dx);
    a = scaled(w - 4 * STEP, sa, scale, a);
    b = scaled(w1 - 4 * STEP, sb, scale, b);
    c = scaled(w2 - 4 * STEP, sc, scale, c);
    d = scaled(w3 - 4 * STEP, sd, scale, d);
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
  let p = q + (blocks << 5);
  let dp = dx + (blocks << 2);
  let sp = s + (blocks << 2);
  for (const end = p; q < end; q += 16, p += 16, dx += 4, dp += 4, s += 4, sp += 4, w += STEP, u += STEP) {
    const bias0 = v128.load32_splat(s);
    const bias1 = v128.load32_splat(sp);
    let sa0 = bias0;
    let sb0 = bias0;
    let sa1 = bias1;
    let sb1 = bias1;
    for (const half = q + 16; q < half; q += 4, p += 4, w += STEP, u += STEP) {
      const v = v128.load(w, STEP);
      const t = v128.load(u, STEP);
      const lv = v128.and(v, mask);
      const lt = v128.and(t, mask);
      let x = v128.load32_splat(q);
      sa0 = plus(sa0, x, lv);
      sb0 = plus(sb0, x, lt);
      x = v128.load32_splat(p);
      sa1 = plus(sa1, x, lv);
      sb1 = plus(sb1, x, lt);
      const hv = high(v, mask);
      const ht = high(t, mask);
      x = v128.load32_splat(q, 16);
      sa0 = plus(sa0, x, hv);
      sb0 = plus(sb0, x, ht);
      x = v128.load32_splat(p, 16);
      sa1 = plus(sa1, x, hv);
      sb1 = plus(sb1, x, ht);
    }
    const scale0 = v128.load32_splat(dx);
    const scale1 = v128.load32_splat(dp);
    a0 = scaled(w - 4 * STEP, sa0, scale0, a0);
    a1 = scaled(w - 4 * STEP, sa1, scale1, a1);
    b0 = scaled(u - 4 * STEP, sb0, scale0, b0);
    b1 = scaled(u - 4 * STEP, sb1, scale1, b1);
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
  if (ASC_FEATURE_RELAXED_SIMD && (rows & 1) == 0) {
    for (let half: u32 = 0; half < 4 * quarter; half += 2 * quarter, W += 2 * stream) {
      let w = W;
      for (let n = half; n < half + quarter; n += 4, w += group) {
        for (let r: u32 = 0; r < rows; r += 2) {
          const at = <usize>r * (blocks << 2);
          const to = y + (<usize>n << 2) + <usize>r * ys;
          two(w, stream, q + <usize>r * K, dx + at, s + at, blocks, to, quarter, ys, plus, <i32>N - <i32>n);
        }
      }
    }
    return;
  }
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
