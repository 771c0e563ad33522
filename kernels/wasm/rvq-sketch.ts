// rvq-sketch.ts: rounds centroids to int8, with a bound on the rounding error. Runs once, when a model is loaded.
//
//   q[c, d] = round(C[c, d] / scale[c]),  scale[c] = max |C[c]| / 127
//
// in   C       [bins, D]             f32
// out  sketch  [⌈bins/4⌉, ⌈D/4⌉, 16] i8    byte 8h + 2r + i of a cell: centroid 4g + r, element 4j + 2h + i; zeros past the ends
// out  bounds  [3, ⌈bins/4⌉·4]       f32   |C|²/2 (huge past bins), scale, error
//
// For every x, rounded as in rvq.ts, the score |C|²/2 − x·C and the score that rvq.ts computes differ by at most
// error·|x| + 2⁻²²·|C|²/2: Cauchy–Schwarz on C − scale·q and on the rounding of x, and 2⁻²¹ for arithmetic in f32.
//
// reference  kernels/reference/rvq.ts     test  test/unit/kernels/rvq.test.ts

/** The largest rounded x: an i16, and its product with D times 127 an i32. */
export function xSteps(D: u32): u32 {
  return min<u32>(32767, (<u32>1 << 24) / D);
}

/** Smaller scales are imprecise, and their inverse overflows. */
export const TINY: f32 = 1e-34;

export function rvq_sketch(C: usize, bins: u32, D: u32, sketch: usize, bounds: usize): void {
  const count = (bins + 3) & ~3;
  const plane = <usize>count << 2;
  const groupBytes = <usize>((D + 3) >> 2) << 4;
  // As a share of |C|: each element of x is off by up to half a step.
  const ofNorm = (0.51 * sqrt(<f64>D)) / <f64>xSteps(D) + 4.76837158203125e-7;
  for (let c: u32 = 0; c < count; c++, bounds += 4) {
    if (c >= bins) {
      f32.store(bounds, 1e38);
      continue;
    }
    let peak: f32 = 0;
    let square: f64 = 0;
    for (let d: u32 = 0; d < D; d++) {
      const v = f32.load(C + (<usize>d << 2));
      peak = max<f32>(peak, abs<f32>(v));
      square += <f64>v * <f64>v;
    }
    const scale: f32 = peak / 127;
    const inverse: f32 = scale > TINY ? 1 / scale : 0;
    let lost: f64 = 0;
    const to = sketch + <usize>(c >> 2) * groupBytes + (<usize>(c & 3) << 1);
    for (let d: u32 = 0; d < D; d++) {
      const v = f32.load(C + (<usize>d << 2));
      const q = max<f32>(-127, min<f32>(127, nearest<f32>(v * inverse)));
      const off = <f64>v - <f64>scale * <f64>q;
      lost += off * off;
      store<i8>(to + (<usize>(d >> 2) << 4) + (<usize>(d & 2) << 2) + <usize>(d & 1), <i8><i32>q);
    }
    f32.store(bounds, <f32>(square / 2));
    f32.store(bounds + plane, scale);
    // Slightly larger, for the rounding of the bound itself.
    f32.store(bounds + 2 * plane, <f32>((sqrt(lost) + (sqrt(square) + sqrt(lost)) * ofNorm) * 1.0001));
    C += <usize>D << 2;
  }
}
