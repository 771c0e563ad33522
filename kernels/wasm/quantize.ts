// quantize.ts: rounds activations to int8, with a scale for each block of 32.
//
//   d = max |x| / 127;   q = round(x / d);   s = −8·Σ q, 0
//
// in   x  [K]     f32   K a multiple of 32
// out  q  [K]     i8    −127 … 127
// out  d  [K/32]  f32
// out  s  [K/32, 2]  i16   a block's contribution of the −8 of Q4_0 weights (8·32·127 < 2¹⁵), then 0: a row has two lanes
//
// reference  kernels/reference/quantize.ts     test  test/unit/kernels/matvec.test.ts
import { nearest4, peak4, peakOf4 } from './lanes';

export function quantize(x: usize, q: usize, d: usize, s: usize, K: u32): void {
  for (let end = x + ((<usize>K) << 2); x < end; x += 128, q += 32, d += 4, s += 4) {
    let peak = f32x4.splat(0);
    for (let i: usize = 0; i < 128; i += 16) peak = peak4(peak, v128.load(x + i));
    const amax = peakOf4(peak);
    f32.store(d, amax / 127);
    const inverse = f32x4.splat(amax > 0 ? 127 / amax : 0);
    let sums = i32x4.splat(0);
    for (let i: usize = 0; i < 32; i += 16) {
      const at = x + (i << 2);
      const a = nearest4(f32x4.mul(v128.load(at), inverse));
      const b = nearest4(f32x4.mul(v128.load(at, 16), inverse));
      const c = nearest4(f32x4.mul(v128.load(at, 32), inverse));
      const e = nearest4(f32x4.mul(v128.load(at, 48), inverse));
      sums = i32x4.add(sums, i32x4.add(i32x4.add(a, b), i32x4.add(c, e)));
      v128.store(q + i, i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, e)));
    }
    const total =
      i32x4.extract_lane(sums, 0) +
      i32x4.extract_lane(sums, 1) +
      i32x4.extract_lane(sums, 2) +
      i32x4.extract_lane(sums, 3);
    i32.store(s, (-8 * total) & 0xffff);
  }
}
