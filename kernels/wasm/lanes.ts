// lanes.ts: operations on four SIMD lanes that kernels share.

/** a·b + c. Rounded once if the machine fuses (relaxed build), else twice. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The sum of four lanes. */
// @ts-ignore: decorator
@inline
export function sum4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2) + (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3))
  );
}

/** max(peak, |x|) of four lanes. Compared as integers, in which NaN is larger than every number, so that a NaN survives. */
// @ts-ignore: decorator
@inline
export function peak4(peak: v128, x: v128): v128 {
  return i32x4.max_s(peak, f32x4.abs(x));
}

/** The largest lane of a `peak4`; NaN if one occurred. */
// @ts-ignore: decorator
@inline
export function peakOf4(peak: v128): f32 {
  const pairs = i32x4.max_s(peak, v128.shuffle<i32>(peak, peak, 2, 3, 0, 1));
  return f32x4.extract_lane(i32x4.max_s(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** 1.5 · 2²³: added to a number below 2²² it leaves the nearest integer in the low bits, ties to even. */
// @ts-ignore: decorator
@inline
export const MAGIC: f32 = 12582912;

/** The nearest integers of numbers below 2²². */
// @ts-ignore: decorator
@inline
export function nearest4(x: v128): v128 {
  const shift = f32x4.splat(MAGIC);
  return i32x4.sub(f32x4.add(x, shift), shift);
}

/** Stores the first `count` lanes, 1 … 4. */
// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, v: v128, count: u32): void {
  if (count >= 4) {
    v128.store(to, v);
    return;
  }
  f32.store(to, f32x4.extract_lane(v, 0));
  if (count > 1) f32.store(to, f32x4.extract_lane(v, 1), 4);
  if (count > 2) f32.store(to, f32x4.extract_lane(v, 2), 8);
}

/** Four f16 at `from` as f32. Exact, subnormals included: the exponent is re-biased by a multiplication. */
// @ts-ignore: decorator
@inline
export function loadF16x4(from: usize): v128 {
  const bits = i32x4.extend_low_i16x8_u(v128.load64_zero(from));
  const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
  const magnitude = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
  // 2^112 moves the f16 bias (15) to the f32 bias (127).
  return v128.or(f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000))), sign);
}

/** One f16 as f32. */
// @ts-ignore: decorator
@inline
export function loadF16(from: usize): f32 {
  const bits = <u32>load<u16>(from);
  const magnitude = reinterpret<f32>((bits & 0x7fff) << 13) * reinterpret<f32>(0x77800000);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/** Four bf16 at `from` as f32: the upper half of each. */
// @ts-ignore: decorator
@inline
export function loadBf16x4(from: usize): v128 {
  return i32x4.shl(i32x4.extend_low_i16x8_u(v128.load64_zero(from)), 16);
}

/** One bf16 as f32. */
// @ts-ignore: decorator
@inline
export function loadBf16(from: usize): f32 {
  return reinterpret<f32>(<u32>load<u16>(from) << 16);
}

/** a·b over D floats. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, D: u32): f32 {
  let v0 = f32x4.splat(0);
  let v1 = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 8 <= D; i += 8) {
    const at = <usize>i << 2;
    v0 = madd(v128.load(a + at), v128.load(b + at), v0);
    v1 = madd(v128.load(a + at, 16), v128.load(b + at, 16), v1);
  }
  let total = sum4(f32x4.add(v0, v1));
  for (; i < D; i++) total += f32.load(a + (<usize>i << 2)) * f32.load(b + (<usize>i << 2));
  return total;
}
