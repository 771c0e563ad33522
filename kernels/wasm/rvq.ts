// rvq.ts: one level of residual vector quantisation.
//
//   i = argmin over c of |x − C[c]|²;  code = i;  x −= C[i]
//
// rvq_scores   groups from … to − 1, of four centroids each
//   in      x        [D]                  f32   the projected latent, or the residual of earlier levels
//   in      sketch   [⌈bins/4⌉·⌈D/4⌉·16]  i8    the rounded centroids, from rvq-sketch.ts
//   out     scores   [⌈bins/4⌉·4]         f32   x · centroid, both rounded
//   out     rounded  [4 + ⌈D/4⌉·2]        f32   the scale of the rounded x; from the fifth on, the rounded x as i16
// rvq_choose
//   in/out  x        [D]                  f32   the residual afterwards
//   in      C        [bins, D]            f32   centroids
//   in      bounds   [3, ⌈bins/4⌉·4]      f32   |C|²/2, the sketch's scale, its error per |x|
//   out     code     u32
//   tmp     scores, rounded               f32   from rvq_scores
//
// |x − C|² = |x|² + 2·(|C|²/2 − x·C), so the search is a matrix product. With the sketch it reads a quarter of the bytes
// and computes every score within a proven bound. Only a centroid whose best case beats every other's worst case can be
// nearest; the distances of these, about two, are computed in f64, and ties go to the first. The result equals a full
// search's.
//
// reference  kernels/reference/rvq.ts     test  test/unit/kernels/rvq.test.ts
import { dot } from './lanes';
import { TINY, xSteps } from './rvq-sketch';

/** |a − b|² in f64. */
function distance(a: usize, b: usize, D: u32): f64 {
  let v0 = f64x2.splat(0);
  let v1 = v0;
  let i: u32 = 0;
  for (; i + 4 <= D; i += 4, a += 16, b += 16) {
    const p = f64x2.sub(promote(a), promote(b));
    const q = f64x2.sub(promote(a + 8), promote(b + 8));
    v0 = f64x2.add(v0, f64x2.mul(p, p));
    v1 = f64x2.add(v1, f64x2.mul(q, q));
  }
  v0 = f64x2.add(v0, v1);
  let total = f64x2.extract_lane(v0, 0) + f64x2.extract_lane(v0, 1);
  for (; i < D; i++, a += 4, b += 4) {
    const d = <f64>f32.load(a) - <f64>f32.load(b);
    total += d * d;
  }
  return total;
}

/** Two f32 as f64. */
// @ts-ignore: decorator
@inline
function promote(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

/** x16 [⌈D/4⌉·4] i16 ← x, zeros past D; returns the scale: x ≈ scale · x16. */
function round(x: usize, D: u32, x16: usize): f32 {
  let peak: f32 = 0;
  for (let i: u32 = 0; i < D; i++) peak = max<f32>(peak, abs<f32>(f32.load(x + (<usize>i << 2))));
  const scale: f32 = peak / <f32>xSteps(D);
  const inverse: f32 = scale > TINY ? <f32>xSteps(D) / peak : 0;
  const padded = (D + 3) & ~3;
  for (let i: u32 = 0; i < padded; i++) {
    const v: f32 = i < D ? nearest<f32>(f32.load(x + (<usize>i << 2)) * inverse) : 0;
    store<i16>(x16 + (<usize>i << 1), <i16><i32>v);
  }
  return scale;
}

/** sum + x16 · sketch over four elements of four centroids: eight bytes for each pair of x. */
// @ts-ignore: decorator
@inline
function step(sum: v128, bytes: usize, even: v128, odd: v128): v128 {
  const a = i32x4.dot_i16x8_s(v128.load8x8_s(bytes), even);
  return i32x4.add(i32x4.add(sum, a), i32x4.dot_i16x8_s(v128.load8x8_s(bytes, 8), odd));
}

/** x16 · sketch for one group of four centroids. */
function scan1(x16: usize, end: usize, q: usize, to: usize): void {
  let a = i32x4.splat(0);
  for (let p = x16; p < end; p += 8, q += 16) a = step(a, q, v128.load32_splat(p), v128.load32_splat(p, 4));
  v128.store(to, f32x4.convert_i32x4_s(a));
}

/** The same for four groups, `far` bytes apart: several memory streams are faster than one. */
export function scan4(x16: usize, end: usize, q: usize, far: usize, to: usize, toFar: usize): void {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const far2 = far + far;
  const far3 = far2 + far;
  for (let p = x16; p < end; p += 8, q += 16) {
    const even = v128.load32_splat(p);
    const odd = v128.load32_splat(p, 4);
    a = step(a, q, even, odd);
    b = step(b, q + far, even, odd);
    c = step(c, q + far2, even, odd);
    d = step(d, q + far3, even, odd);
  }
  v128.store(to, f32x4.convert_i32x4_s(a));
  v128.store(to + toFar, f32x4.convert_i32x4_s(b));
  v128.store(to + 2 * toFar, f32x4.convert_i32x4_s(c));
  v128.store(to + 3 * toFar, f32x4.convert_i32x4_s(d));
}

/** scores ← each centroid's best case; returns the smallest worst case. `count` is a multiple of four. */
function bound(scores: usize, bounds: usize, count: u32, scale: f32, length: f32): f32 {
  const plane = <usize>count << 2;
  const s = f32x4.splat(scale);
  // Slightly more than |x|, for the rounding of |x| itself.
  const l = f32x4.splat(length * 1.0001);
  let worst = f32x4.splat(f32.MAX_VALUE);
  for (let i: usize = 0; i < plane; i += 16) {
    const half = v128.load(bounds + i);
    const product = f32x4.mul(v128.load(scores + i), f32x4.mul(v128.load(bounds + i + plane), s));
    const score = f32x4.sub(half, product);
    // 2⁻²² of |C|²/2: its own rounding and that of the difference.
    const slack = f32x4.mul(half, f32x4.splat(2.384185791015625e-7));
    const radius = f32x4.add(f32x4.mul(l, v128.load(bounds + i + 2 * plane)), slack);
    v128.store(scores + i, f32x4.sub(score, radius));
    worst = f32x4.min(worst, f32x4.add(score, radius));
  }
  return min(
    min(f32x4.extract_lane(worst, 0), f32x4.extract_lane(worst, 1)),
    min(f32x4.extract_lane(worst, 2), f32x4.extract_lane(worst, 3)),
  );
}

/** The nearest of the centroids whose best case is within `limit`. */
function choose(x: usize, C: usize, scores: usize, bins: u32, D: u32, limit: f32): u32 {
  let chosen: u32 = 0;
  let least = f64.MAX_VALUE;
  const l = f32x4.splat(limit);
  for (let c: u32 = 0; c < bins; c += 4) {
    let open = i32x4.bitmask(f32x4.le(v128.load(scores + (<usize>c << 2)), l));
    for (; open; open &= open - 1) {
      const i = c + <u32>ctz(open);
      if (i >= bins) break;
      const d = distance(x, C + ((<usize>i * <usize>D) << 2), D);
      if (d < least) {
        least = d;
        chosen = i;
      }
    }
  }
  return chosen;
}

/** Bytes before the rounded x. */
const HEADER: usize = 16;

export function rvq_scores(x: usize, sketch: usize, D: u32, scores: usize, rounded: usize, from: u32, to: u32): void {
  const groupBytes = <usize>((D + 3) >> 2) << 4;
  const x16 = rounded + HEADER;
  const end = x16 + (groupBytes >> 1);
  const quarter = (to - from) >> 2;
  const far = <usize>quarter * groupBytes;
  f32.store(rounded, round(x, D, x16));
  for (let g = from; g < from + quarter; g++) {
    scan4(x16, end, sketch + <usize>g * groupBytes, far, scores + (<usize>g << 4), <usize>quarter << 4);
  }
  for (let g = from + (quarter << 2); g < to; g++) {
    scan1(x16, end, sketch + <usize>g * groupBytes, scores + (<usize>g << 4));
  }
}

export function rvq_choose(
  x: usize, C: usize, bounds: usize, bins: u32, D: u32, code: usize, scores: usize, rounded: usize,
): void {
  const scale = f32.load(rounded);
  const count = (bins + 3) & ~3;
  // A residual that is zero or not finite is compared with every centroid.
  const limit = scale > TINY ? bound(scores, bounds, count, scale, sqrt<f32>(dot(x, x, D))) : f32.MAX_VALUE;
  const chosen = choose(x, C, scores, bins, D, limit);
  store<u32>(code, chosen);
  const rowBytes = <usize>D << 2;
  const centroid = C + <usize>chosen * rowBytes;
  for (let j: usize = 0; j < rowBytes; j += 4) f32.store(x + j, f32.load(x + j) - f32.load(centroid + j));
}
