// swiglu.ts: the gate of the feed-forward network.
//
//   y[i] = g[i] / (1 + e^(−g[i])) · u[i]
//
// in   gate, up  [rows, n]  f32   g and u; rows of both `stride` bytes apart
// out  y         [rows, n]  f32   rows `yStride` bytes apart
//
// reference  kernels/reference/elementwise.ts     test  test/unit/kernels/elementwise.test.ts
import { exp4 } from './exp';
import { storeLanes } from './lanes';

export function swiglu(gate: usize, up: usize, stride: u32, y: usize, yStride: u32, rows: u32, n: u32): void {
  for (let r: u32 = 0; r < rows; r++, gate += stride, up += stride, y += yStride) {
    for (let i: u32 = 0; i < n; i += 4) {
      const g = v128.load(gate + ((<usize>i) << 2));
      const u = v128.load(up + ((<usize>i) << 2));
      const silu = f32x4.div(g, f32x4.add(exp4(f32x4.neg(g)), f32x4.splat(1)));
      storeLanes(y + ((<usize>i) << 2), f32x4.mul(silu, u), n - i);
    }
  }
}
