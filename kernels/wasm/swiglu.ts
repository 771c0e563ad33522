// swiglu.ts: the gate of the feed-forward network.
//
//   y[i] = g[i] / (1 + e^(−g[i])) · u[i]
//
// in   gateUp  [rows, 2, F]  f32   g then u
// out  y       [rows, F]     f32
//
// reference  kernels/reference/elementwise.ts     test  test/unit/kernels/elementwise.test.ts
import { exp4 } from './exp';
import { storeLanes } from './lanes';

export function swiglu(gateUp: usize, y: usize, rows: u32, F: u32): void {
  const row = (<usize>F) << 2;
  for (let r: u32 = 0; r < rows; r++, gateUp += 2 * row, y += row) {
    const up = gateUp + row;
    for (let i: u32 = 0; i < F; i += 4) {
      const g = v128.load(gateUp + ((<usize>i) << 2));
      const u = v128.load(up + ((<usize>i) << 2));
      const silu = f32x4.div(g, f32x4.add(exp4(f32x4.neg(g)), f32x4.splat(1)));
      storeLanes(y + ((<usize>i) << 2), f32x4.mul(silu, u), F - i);
    }
  }
}
