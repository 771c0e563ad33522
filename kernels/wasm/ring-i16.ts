// ring-i16.ts: keys and values of one head as 14-bit integers, and attention over them.
//
//   s[j] = q·K[j] / √D;   y = Σⱼ softmax(s)[j] · V[j]
//
// keys        [W, D]             i16   rows; their scales [⌈W/4⌉·4] f32, zeros past W
// values      [D/32, ⌈W/2⌉, 32, 2]  i16   strips of 32 columns, two neighbouring rows side by side; scales likewise
// in   x, q   [D]                f32
// out  y      [D]                f32
// tmp  scores [2·W + 16 + D]     f32
// const  D a multiple of 32
//
// A row is scaled so that its largest number becomes 8191. This rounds the others as finely as f16, and i16 products are
// summed in i32: eight products take two instructions, in f16 ten. Queries are rounded in the same way, and the weights
// of the values so that their sum stays below 2¹⁸. So every sum fits: 2¹⁸ · 8191 < 2³¹. Keys are read in four memory
// streams, values in two: a single stream leaves the prefetchers half idle.
//
// reference  kernels/reference/attention.ts     test  test/unit/kernels/ring.test.ts
import { exp4 } from './exp';
import { nearest4, peak4, peakOf4, sum4 } from './lanes';

const LIMIT: f32 = 8191;
/** Upper limit of the sum of all rounded weights. */
const MAX_WEIGHT_SUM: f32 = 262144;

// @ts-ignore: decorator
@inline
function max4(v: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/** The largest |x[i]| of D; NaN if one is NaN or infinite, which integers could not represent. */
function peakOf(x: usize, D: u32): f32 {
  let peak = f32x4.splat(0);
  for (const end = x + (<usize>D << 2); x < end; x += 16) peak = peak4(peak, v128.load(x));
  const largest = peakOf4(peak);
  return largest + 0 * largest;
}

// @ts-ignore: decorator
@inline
function round4(x: usize, factor: v128): v128 {
  return nearest4(f32x4.mul(v128.load(x), factor));
}

/** to[0 … D) ← x, scaled so that the largest magnitude is `limit`; returns the scale. */
function round(x: usize, to: usize, D: u32, limit: f32): f32 {
  const peak = peakOf(x, D);
  const factor = f32x4.splat(peak > 0 ? limit / peak : 0);
  for (const end = x + (<usize>D << 2); x < end; x += 32, to += 16) {
    v128.store(to, i16x8.narrow_i32x4_s(round4(x, factor), round4(x + 16, factor)));
  }
  return peak / limit;
}

/** The largest magnitude of q and K for which D products, a quarter of them in each lane, fit i32. */
// @ts-ignore: decorator
@inline
function limitOf(D: u32): f32 {
  return min<f32>(LIMIT, floor<f32>(sqrt<f32>(8589934592 / <f32>D)) - 1);
}

/** Row `row` of the keys ← x. */
export function setKey(x: usize, keys: usize, scales: usize, row: u32, D: u32): void {
  f32.store(scales + (<usize>row << 2), round(x, keys + (<usize>(row * D) << 1), D, limitOf(D)));
}

/** Row `row` of the values ← x. */
export function setValue(x: usize, values: usize, scales: usize, row: u32, D: u32, W: u32): void {
  const peak = peakOf(x, D);
  const factor = f32x4.splat(peak > 0 ? LIMIT / peak : 0);
  const strip = <usize>((W + 1) >> 1) << 7;
  let to = values + (<usize>(row >> 1) << 7) + (<usize>(row & 1) << 1);
  for (let d: u32 = 0; d < D; d += 32, to += strip) {
    for (let i: usize = 0; i < 32; i += 4, x += 16) {
      const v = round4(x, factor);
      store<i16>(to + (i << 2), <i16>i32x4.extract_lane(v, 0));
      store<i16>(to + (i << 2), <i16>i32x4.extract_lane(v, 1), 4);
      store<i16>(to + (i << 2), <i16>i32x4.extract_lane(v, 2), 8);
      store<i16>(to + (i << 2), <i16>i32x4.extract_lane(v, 3), 12);
    }
  }
  f32.store(scales + (<usize>row << 2), peak / LIMIT);
}

/** scores[j] = q·K[j], unscaled, for n keys: four at a time, a quarter of the ring apart. */
function score(q: usize, keys: usize, scores: usize, n: u32, D: u32): void {
  const row = <usize>D << 1;
  const quarter = <usize>((n + 3) >> 2);
  const last = keys + <usize>(n - 1) * row;
  const end = q + row;
  for (let j: usize = 0; j < quarter; j++, keys += row, scores += 4) {
    let k0 = keys;
    let k1 = min<usize>(keys + quarter * row, last);
    let k2 = min<usize>(keys + 2 * quarter * row, last);
    let k3 = min<usize>(keys + 3 * quarter * row, last);
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let at = q; at < end; at += 16, k0 += 16, k1 += 16, k2 += 16, k3 += 16) {
      const v = v128.load(at);
      a = i32x4.add(a, i32x4.dot_i16x8_s(v, v128.load(k0)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(v, v128.load(k1)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v, v128.load(k2)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v, v128.load(k3)));
    }
    const low = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
    const high = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
    const sums = f32x4.convert_i32x4_s(
      i32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7)),
    );
    // The last quarter may be shorter than the others: scores written past n are never read.
    f32.store(scores, f32x4.extract_lane(sums, 0));
    f32.store(scores + (quarter << 2), f32x4.extract_lane(sums, 1));
    f32.store(scores + (quarter << 3), f32x4.extract_lane(sums, 2));
    f32.store(scores + quarter * 12, f32x4.extract_lane(sums, 3));
  }
}

/** weights[j] ← rounded softmax(unit · keyScales · scores)[j] · valueScales[j], zeros past n; returns the scale of the weights. */
function roundedSoftmax(scores: usize, unit: f32, keyScales: usize, valueScales: usize, weights: usize, n: u32): f32 {
  const end = scores + (<usize>n << 2);
  const by = f32x4.splat(unit);
  let peaks = f32x4.splat(-f32.MAX_VALUE);
  let at = scores;
  for (; at + 16 <= end; at += 16, keyScales += 16) {
    const s = f32x4.mul(v128.load(at), f32x4.mul(by, v128.load(keyScales)));
    v128.store(at, s);
    peaks = f32x4.max(peaks, s);
  }
  for (; at < end; at += 4, keyScales += 4) {
    const s = f32.load(at) * unit * f32.load(keyScales);
    f32.store(at, s);
    peaks = f32x4.max(peaks, f32x4.splat(s));
  }
  for (; (at - scores) & 15; at += 4) f32.store(at, -f32.MAX_VALUE);
  const peak = f32x4.splat(max4(peaks));
  let sums = f32x4.splat(0);
  let scaled = sums;
  peaks = sums;
  for (at = scores; at < end; at += 16, valueScales += 16) {
    const e = exp4(f32x4.sub(v128.load(at), peak));
    const w = f32x4.mul(e, v128.load(valueScales));
    v128.store(at, w);
    sums = f32x4.add(sums, e);
    scaled = f32x4.add(scaled, w);
    peaks = f32x4.max(peaks, w);
  }
  const largest = max4(peaks);
  // Rounding adds at most one half to each weight.
  const factor: f32 = largest > 0 ? min<f32>(32767 / largest, (MAX_WEIGHT_SUM - <f32>n) / sum4(scaled)) : 0;
  for (at = scores; at < end; at += 16, weights += 8) {
    const w = round4(at, f32x4.splat(factor));
    v128.store64_lane(weights, i16x8.narrow_i32x4_s(w, w), 0);
  }
  return factor > 0 ? 1 / (factor * sum4(sums)) : 0 * largest;
}

/** y = unit · Σⱼ weights[j] · V[j] over n rows; reads both halves of the rows at once. */
function weightedSum(weights: usize, unit: f32, values: usize, y: usize, n: u32, D: u32, W: u32): void {
  const strip = <usize>((W + 1) >> 1) << 7;
  const half = <usize>((n + 3) >> 2); // pairs of rows
  const end = weights + (half << 2);
  const by = f32x4.splat(unit);
  for (const last = y + (<usize>D << 2); y < last; y += 128, values += strip) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let e = a;
    let f = a;
    let g = a;
    let h = a;
    let v = values;
    let u = values + (half << 7);
    for (let at = weights; at < end; at += 4, v += 128, u += 128) {
      let w = v128.load32_splat(at);
      a = i32x4.add(a, i32x4.dot_i16x8_s(w, v128.load(v)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(w, v128.load(v, 16)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(w, v128.load(v, 32)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(w, v128.load(v, 48)));
      e = i32x4.add(e, i32x4.dot_i16x8_s(w, v128.load(v, 64)));
      f = i32x4.add(f, i32x4.dot_i16x8_s(w, v128.load(v, 80)));
      g = i32x4.add(g, i32x4.dot_i16x8_s(w, v128.load(v, 96)));
      h = i32x4.add(h, i32x4.dot_i16x8_s(w, v128.load(v, 112)));
      w = v128.load32_splat(at + (half << 2));
      a = i32x4.add(a, i32x4.dot_i16x8_s(w, v128.load(u)));
      b = i32x4.add(b, i32x4.dot_i16x8_s(w, v128.load(u, 16)));
      c = i32x4.add(c, i32x4.dot_i16x8_s(w, v128.load(u, 32)));
      d = i32x4.add(d, i32x4.dot_i16x8_s(w, v128.load(u, 48)));
      e = i32x4.add(e, i32x4.dot_i16x8_s(w, v128.load(u, 64)));
      f = i32x4.add(f, i32x4.dot_i16x8_s(w, v128.load(u, 80)));
      g = i32x4.add(g, i32x4.dot_i16x8_s(w, v128.load(u, 96)));
      h = i32x4.add(h, i32x4.dot_i16x8_s(w, v128.load(u, 112)));
    }
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(a), by));
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(b), by), 16);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(c), by), 32);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(d), by), 48);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(e), by), 64);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(f), by), 80);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(g), by), 96);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(h), by), 112);
  }
}

/** One head: y = attention of q over the first n rows. */
export function attendRounded(
  q: usize, keys: usize, keyScales: usize, values: usize, valueScales: usize, y: usize, scores: usize, n: u32, D: u32, W: u32,
): void {
  const query = scores + (<usize>((W + 7) & ~3) << 2);
  const weights = query + (<usize>D << 1);
  const unit = round(q, query, D, limitOf(D)) / sqrt<f32>(<f32>D);
  score(query, keys, scores, n, D);
  weightedSum(weights, roundedSoftmax(scores, unit, keyScales, valueScales, weights, n), values, y, n, D, W);
}
