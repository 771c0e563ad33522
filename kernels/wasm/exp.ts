// exp.ts: eˣ, eˣ − 1 and ELU on four lanes, within 2 ulp.
//
//   eˣ = 2ⁿ · eʳ        n = round(x / ln 2), r = x − n·ln 2, |r| ≤ 0.347
//   eʳ ≈ 1 + r + r²·P(r), P of degree 5 (the single-precision Cephes coefficients)
//
// ln 2 is subtracted in two parts so that r keeps its low bits. x is clamped to where 2ⁿ is a normal f32.
// pmin and pmax are one instruction each; min and max take several, to order −0 and NaN.
//
// reference  Math.exp, Math.expm1     test  test/unit/kernels/elementwise.test.ts
import { MAGIC, madd } from './lanes';

/** n + MAGIC. */
// @ts-ignore: decorator
@inline
function octaves(x: v128): v128 {
  return madd(x, f32x4.splat(1.44269504088896341), f32x4.splat(MAGIC));
}

/** 2ⁿ of n + MAGIC, n in −126 … 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(octaves: v128): v128 {
  return i32x4.add(i32x4.shl(octaves, 23), i32x4.splat(0x3f800000));
}

/** r = x − n·ln 2 of x and n + MAGIC. */
// @ts-ignore: decorator
@inline
function reduce(x: v128, octaves: v128): v128 {
  const n = f32x4.sub(octaves, f32x4.splat(MAGIC));
  return madd(n, f32x4.splat(2.12194440e-4), madd(n, f32x4.splat(-0.693359375), x));
}

/** eʳ − 1 = r + r²·P(r). */
// @ts-ignore: decorator
@inline
function expm1Reduced(r: v128): v128 {
  let p = f32x4.splat(1.9875691500e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  return madd(f32x4.mul(r, r), p, r);
}

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const c = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.37)), f32x4.splat(-87.33));
  const n = octaves(c);
  const s = powerOfTwo(n);
  return madd(s, expm1Reduced(reduce(c, n)), s);
}

/** x where x > 0, else eˣ − 1 without the cancellation near 0: max(x, 0) + (e^min(x, 0) − 1), one of them exactly 0. */
// @ts-ignore: decorator
@inline
export function elu4(x: v128): v128 {
  const zero = f32x4.splat(0);
  const c = f32x4.pmax(f32x4.pmin(x, zero), f32x4.splat(-87.33));
  const n = octaves(c);
  const s = powerOfTwo(n);
  const below = madd(s, expm1Reduced(reduce(c, n)), f32x4.sub(s, f32x4.splat(1)));
  return f32x4.add(below, f32x4.pmax(x, zero));
}
