// matvec-q8_0.ts: y = W·x for a few tokens, W in Q8_0, x in int8.
//
//   y[r, n] (+)= Σ_b d[n, b] · dx[r, b] · Σ_j w[n, 32b + j]·q[r, 32b + j]
//
// in   W      [4·⌈N/16⌉, K/32, 144]  bytes  groups of four rows from pack.ts, zeros past N. A block: the rows' scales,
//                                          [4] f32, then i8 16j + 4i + e with element 4j + e of row i, j = 0 … 7
// in   q, dx                               from quantize.ts: [rows, K] i8, [rows, K/32] f32
// out  y      [rows, N]              f32   row r at y + r·yStride bytes; added to where `add` is 1
// const  K a multiple of 32
//
// Both operands use all eight bits, for which the relaxed dot is not exact, so both builds widen to i16, activations
// once for four groups. W is read in four memory streams, a quarter of it apart, and once for all tokens.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd } from './lanes';
import { finish } from './matvec-q4_0-plain';

/** Bytes of a block of four rows. */
const BLOCK: usize = 144;

/** Bytes 0, 2, 4 … and 1, 3, 5 … as i16. */
// @ts-ignore: decorator
@inline
function even(v: v128): v128 {
  return i16x8.shr_s(i16x8.shl(v, 8), 8);
}

// @ts-ignore: decorator
@inline
function odd(v: v128): v128 {
  return i16x8.shr_s(v, 8);
}

/** sum + four activations of each row times sixteen bytes of weights. */
// @ts-ignore: decorator
@inline
function plus(sum: v128, w: usize, evens: v128, odds: v128): v128 {
  const v = v128.load(w);
  return i32x4.add(sum, i32x4.add(i32x4.dot_i16x8_s(evens, even(v)), i32x4.dot_i16x8_s(odds, odd(v))));
}

/** One token times one group of each stream; groups are `stream` bytes of W and `rows` rows of y apart. */
function one(w: usize, stream: usize, q: usize, dx: usize, K: u32, y: usize, rows: u32, add: bool, left: i32): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let w1 = w + stream;
  let w2 = w1 + stream;
  let w3 = w2 + stream;
  for (const end = q + K; q < end; q += 32, dx += 4, w += BLOCK, w1 += BLOCK, w2 += BLOCK, w3 += BLOCK) {
    let p0 = i32x4.splat(0);
    let p1 = p0;
    let p2 = p0;
    let p3 = p0;
    for (let j: usize = 0; j < 32; j += 4) {
      const x = v128.load32_splat(q + j);
      const evens = even(x);
      const odds = odd(x);
      const at = (j << 2) + 16;
      p0 = plus(p0, w + at, evens, odds);
      p1 = plus(p1, w1 + at, evens, odds);
      p2 = plus(p2, w2 + at, evens, odds);
      p3 = plus(p3, w3 + at, evens, odds);
    }
    const scale = v128.load32_splat(dx);
    a = madd(f32x4.convert_i32x4_s(p0), f32x4.mul(scale, v128.load(w)), a);
    b = madd(f32x4.convert_i32x4_s(p1), f32x4.mul(scale, v128.load(w1)), b);
    c = madd(f32x4.convert_i32x4_s(p2), f32x4.mul(scale, v128.load(w2)), c);
    d = madd(f32x4.convert_i32x4_s(p3), f32x4.mul(scale, v128.load(w3)), d);
  }
  const step = <usize>rows << 2;
  finish(y, a, add, left);
  finish(y + step, b, add, left - rows);
  finish(y + 2 * step, c, add, left - 2 * rows);
  finish(y + 3 * step, d, add, left - 3 * rows);
}

export function matvec_q8_0(
  W: usize, q: usize, dx: usize, y: usize, yStride: u32, rows: u32, N: u32, K: u32, add: u32,
): void {
  const group = <usize>(K >> 5) * BLOCK;
  const quarter = ((N + 15) >> 4) << 2; // rows of W in a stream
  const stream = <usize>(quarter >> 2) * group;
  for (let n: u32 = 0; n < quarter; n += 4, W += group, y += 16) {
    let x = q;
    let scales = dx;
    let to = y;
    for (let r: u32 = 0; r < rows; r++, x += K, scales += K >> 3, to += yStride) {
      one(W, stream, x, scales, K, to, quarter, add != 0, <i32>N - <i32>n);
    }
  }
}
