// matvec-f16.ts: y = W·x for one token, W in f16, x in f32.
//
//   y[n] (+)= Σₖ W[n, k] · x[k]
//
// in   W  [N, K]  f16   as stored in the file
// in   x  [K]     f32
// out  y  [N]     f32   added to where `add` is 1
//
// Products and sums are f32; only the weights are half.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { loadHalf, loadHalf4, madd, sum4 } from './lanes';

export function matvec_f16(W: usize, x: usize, y: usize, N: u32, K: u32, add: u32): void {
  const rowBytes = (<usize>K) << 1;
  for (let n: u32 = 0; n < N; n++, W += rowBytes, y += 4) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let k: u32 = 0;
    for (; k + 8 <= K; k += 8) {
      const w = W + ((<usize>k) << 1);
      const v = x + ((<usize>k) << 2);
      a = madd(loadHalf4(w), v128.load(v), a);
      b = madd(loadHalf4(w + 8), v128.load(v, 16), b);
    }
    let total = sum4(f32x4.add(a, b));
    for (; k < K; k++) total += loadHalf(W + ((<usize>k) << 1)) * f32.load(x + ((<usize>k) << 2));
    f32.store(y, add ? f32.load(y) + total : total);
  }
}
