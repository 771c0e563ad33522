// elu.ts: exponential linear unit, alpha 1.
//
//   y = x            where x > 0
//   y = eˣ − 1       elsewhere
//
// in   x  [n]  f32
// out  y  [n]  f32   may be x
//
// Reads up to three floats past x's end; never writes past y's.
//
// reference  kernels/reference/elementwise.ts     test  test/unit/kernels/elementwise.test.ts
import { expm14 } from './exp';
import { storeLanes } from './lanes';

export function elu(x: usize, y: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i += 4) {
    const v = v128.load(x + ((<usize>i) << 2));
    const positive = f32x4.gt(v, f32x4.splat(0));
    const below = expm14(f32x4.min(v, f32x4.splat(0)));
    storeLanes(y + ((<usize>i) << 2), v128.bitselect(v, below, positive), n - i);
  }
}
