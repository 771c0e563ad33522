// exp.ts: eˣ and eˣ − 1 on four lanes, within 2 ulp.
//
//   eˣ = 2ⁿ · eʳ        n = round(x / ln 2), r = x − n·ln 2, |r| ≤ 0.347
//   eʳ ≈ 1 + r + r²·P(r), P of degree 5 (the single-precision Cephes coefficients)
//
// ln 2 is subtracted in two parts so that r keeps its low bits. x is clamped to where 2ⁿ is a normal f32.
//
// reference  Math.exp, Math.expm1     test  test/unit/kernels/elementwise.test.ts
import { madd } from './lanes';

// @ts-ignore: decorator
@inline
function octaves(x: v128): v128 {
  return f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
}

// @ts-ignore: decorator
@inline
function clamp(x: v128): v128 {
  return f32x4.max(f32x4.min(x, f32x4.splat(88.37)), f32x4.splat(-87.33));
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
function reduce(x: v128, n: v128): v128 {
  return madd(n, f32x4.splat(2.12194440e-4), madd(n, f32x4.splat(-0.693359375), x));
}

/** 2ⁿ for n an integral f32 in −126 … 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
}

// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const c = clamp(x);
  const n = octaves(c);
  const s = powerOfTwo(n);
  return madd(s, expm1Reduced(reduce(c, n)), s);
}

/** eˣ − 1 without the cancellation near 0. */
// @ts-ignore: decorator
@inline
export function expm14(x: v128): v128 {
  const c = clamp(x);
  const n = octaves(c);
  const s = powerOfTwo(n);
  return madd(s, expm1Reduced(reduce(c, n)), f32x4.sub(s, f32x4.splat(1)));
}
