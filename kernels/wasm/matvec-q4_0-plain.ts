// matvec-q4_0-plain.ts: the products of matvec-q4_0.ts without relaxed SIMD: one token times a group of four streams.
//
// in, out  as in matvec-q4_0.ts
//
// Nibbles are unpacked to i16: each lane holds those of elements 2e, 2e + 1, 2e + 16 and 2e + 17 of one row, two lanes
// per row, so four shifts and masks feed four dot products of i16, summed in i32. Activations are widened to match,
// once for all four groups. The integers equal those of the other build, and so do the sums, except where it fuses.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd, storeLanes } from './lanes';

/** Bytes of a block of four rows. */
export const BLOCK: usize = 80;
/** Sixteen times 15, in memory: V8 13 recreates a constant at each use, which costs two more instructions per nibble. */
// prettier-ignore
export const MASK = memory.data<u8>([15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15], 16);

/** Writes the sums of one group. `left` rows of W remain from its first on. */
// @ts-ignore: decorator
@inline
export function finish(y: usize, sums: v128, add: bool, left: i32): void {
  if (left > 0) storeLanes(y, add ? f32x4.add(sums, v128.load(y)) : sums, <u32>left);
}

/** sum + sixteen bytes of nibbles times eight activations: 0, 2 · 1, 3 · 16, 18 · 17, 19 of their quads. */
// @ts-ignore: decorator
@inline
function plus(sum: v128, w: usize, mask: v128, even: v128, odd: v128, farEven: v128, farOdd: v128): v128 {
  const v = v128.load(w);
  const near = i32x4.add(
    i32x4.dot_i16x8_s(v128.and(v, mask), even),
    i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(v, 8), mask), odd),
  );
  const far = i32x4.add(
    i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(v, 4), mask), farEven),
    i32x4.dot_i16x8_s(i16x8.shr_u(v, 12), farOdd),
  );
  return i32x4.add(sum, i32x4.add(near, far));
}

/** One token times one group of each stream; groups are `stream` bytes of W and `rows` rows of y apart. */
export function onePlain(
  w: usize, stream: usize, q: usize, dx: usize, s: usize, blocks: usize, y: usize, rows: u32, add: bool, left: i32,
): void {
  const mask = i16x8.shr_u(v128.load(MASK), 8);
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let w1 = w + stream;
  let w2 = w1 + stream;
  let w3 = w2 + stream;
  for (const end = q + (blocks << 5); q < end; q += 32, dx += 4, s += 4, w += BLOCK, w1 += BLOCK, w2 += BLOCK, w3 += BLOCK) {
    const bias = i32x4.shr_s(v128.load16_splat(s), 16);
    let p0 = bias;
    let p1 = bias;
    let p2 = bias;
    let p3 = bias;
    for (let j: usize = 0; j < 16; j += 4) {
      let x = v128.load32_splat(q + j);
      const even = i16x8.shr_s(i16x8.shl(x, 8), 8);
      const odd = i16x8.shr_s(x, 8);
      x = v128.load32_splat(q + j, 16);
      const farEven = i16x8.shr_s(i16x8.shl(x, 8), 8);
      const farOdd = i16x8.shr_s(x, 8);
      const at = (j << 2) + 16;
      p0 = plus(p0, w + at, mask, even, odd, farEven, farOdd);
      p1 = plus(p1, w1 + at, mask, even, odd, farEven, farOdd);
      p2 = plus(p2, w2 + at, mask, even, odd, farEven, farOdd);
      p3 = plus(p3, w3 + at, mask, even, odd, farEven, farOdd);
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
