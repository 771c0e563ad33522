// gelu.ts: Gaussian error linear unit with the exact erf, in place.
//
//   y = x/2 · (1 + erf(x/√2))
//
// in/out  x  [n]  f32
//
// The tanh approximation is off by 1e-3 and already flips codes, so erf is a rational minimax of
// degree 13/8 on |u| ≤ 4 (the one Eigen documents), within a few ulp.
//
// reference  kernels/reference/elementwise.ts     test  test/unit/kernels/elementwise.test.ts
import { madd, storeLanes } from './lanes';

// @ts-ignore: decorator
@inline
function erf4(u: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(u, f32x4.splat(4)), f32x4.splat(-4));
  const x2 = f32x4.mul(x, x);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = madd(p, x2, f32x4.splat(2.77068142495902e-8));
  p = madd(p, x2, f32x4.splat(-2.10102402082508e-6));
  p = madd(p, x2, f32x4.splat(-5.69250639462346e-5));
  p = madd(p, x2, f32x4.splat(-7.34990630326855e-4));
  p = madd(p, x2, f32x4.splat(-2.95459980854025e-3));
  p = madd(p, x2, f32x4.splat(-1.60960333262415e-2));
  let q = f32x4.splat(-1.45660718464996e-5);
  q = madd(q, x2, f32x4.splat(-2.13374055278905e-4));
  q = madd(q, x2, f32x4.splat(-1.68282697438203e-3));
  q = madd(q, x2, f32x4.splat(-7.37332916720468e-3));
  q = madd(q, x2, f32x4.splat(-1.42647390514189e-2));
  return f32x4.div(f32x4.mul(x, p), q);
}

export function gelu(x: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i += 4) {
    const at = x + (<usize>i << 2);
    const v = v128.load(at);
    const e = erf4(f32x4.mul(v, f32x4.splat(0.70710678118654752)));
    storeLanes(at, f32x4.mul(f32x4.mul(v, f32x4.splat(0.5)), f32x4.add(e, f32x4.splat(1))), n - i);
  }
}
