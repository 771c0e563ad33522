// matvec-q8_0.ts: y = W·x for a few tokens, W in Q8_0, x in int8.
//
//   y[r, n] (+)= Σ_b d[n, b] · dx[r, b] · Σ_j w[n, 32b + j]·q[r, 32b + j]
//
// in   W      [4·⌈N/16⌉, K/32, 144]  bytes  groups of four rows from pack.ts, zeros past N. A block: the rows' scales,
//                                          [4] f32, then i8 16j + 4i + e with element 4j + e of row i, j = 0 … 7
// in   q, dx                               from quantize.ts: [rows, K] i8, [rows, K/32] f32
// out  y      [rows, N]              f32   added to where `add` is 1
// const  K a multiple of 32
//
// Both operands use all eight bits, which the relaxed dot does not promise, so both builds widen to i16. A group of
// four rows is read from memory once for all tokens.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd, storeLanes } from './lanes';

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

/** The integer part of one block for four rows. */
// @ts-ignore: decorator
@inline
function dot(w: usize, q: usize): v128 {
  let sum = i32x4.splat(0);
  for (let j: usize = 0; j < 32; j += 4) {
    const x = v128.load32_splat(q + j);
    const v = v128.load(w + (j << 2));
    sum = i32x4.add(sum, i32x4.add(i32x4.dot_i16x8_s(even(x), even(v)), i32x4.dot_i16x8_s(odd(x), odd(v))));
  }
  return sum;
}

export function matvec_q8_0(W: usize, q: usize, dx: usize, y: usize, rows: u32, N: u32, K: u32, add: u32): void {
  const blocks = <usize>(K >> 5);
  for (let n: u32 = 0; n < N; n += 4, W += blocks * BLOCK, y += 16) {
    let x = q;
    let scales = dx;
    let to = y;
    for (let r: u32 = 0; r < rows; r++, to += <usize>N << 2) {
      let a = f32x4.splat(0);
      let w = W;
      for (const end = x + K; x < end; x += 32, scales += 4, w += BLOCK) {
        const scale = f32x4.mul(v128.load32_splat(scales), v128.load(w));
        a = madd(f32x4.convert_i32x4_s(dot(w + 16, x)), scale, a);
      }
      if (add) a = f32x4.add(a, v128.load(to));
      storeLanes(to, a, N - n);
    }
  }
}
