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
import { elu4 } from './exp';
import { storeLanes } from './lanes';

export function elu(x: usize, y: usize, n: u32): void {
  const end = x + ((<usize>n & ~3) << 2);
  for (; x < end; x += 16, y += 16) v128.store(y, elu4(v128.load(x)));
  if (n & 3) storeLanes(y, elu4(v128.load(x)), n & 3);
}
