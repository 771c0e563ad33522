// matvec-half.ts: y = W·x for one token, W in f16 or bf16, x in f32.
//
//   y[n] (+)= Σₖ W[n, k] · x[k]
//
// in   W  [N, K]  f16 or bf16   as stored in the file
// in   x  [K]     f32
// out  y  [N]     f32           added to where `add` is 1
//
// Products and sums are f32; only the weights are half. A bf16 is the upper half of an f32.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { loadBf16, loadBf16x4, loadF16, loadF16x4, madd, sum4 } from './lanes';

// `bf16` is a literal at each call, so the compiler makes the choice.
// @ts-ignore: decorator
@inline
function four(from: usize, bf16: bool): v128 {
  return bf16 ? loadBf16x4(from) : loadF16x4(from);
}

// @ts-ignore: decorator
@inline
function one(from: usize, bf16: bool): f32 {
  return bf16 ? loadBf16(from) : loadF16(from);
}

// @ts-ignore: decorator
@inline
function matvec(W: usize, x: usize, y: usize, N: u32, K: u32, add: u32, bf16: bool): void {
  const rowBytes = <usize>K << 1;
  for (let n: u32 = 0; n < N; n++, W += rowBytes, y += 4) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let k: u32 = 0;
    for (; k + 8 <= K; k += 8) {
      const w = W + (<usize>k << 1);
      const v = x + (<usize>k << 2);
      a = madd(four(w, bf16), v128.load(v), a);
      b = madd(four(w + 8, bf16), v128.load(v, 16), b);
    }
    let total = sum4(f32x4.add(a, b));
    for (; k < K; k++) total += one(W + (<usize>k << 1), bf16) * f32.load(x + (<usize>k << 2));
    f32.store(y, add ? f32.load(y) + total : total);
  }
}

export function matvec_f16(W: usize, x: usize, y: usize, N: u32, K: u32, add: u32): void {
  matvec(W, x, y, N, K, add, false);
}

export function matvec_bf16(W: usize, x: usize, y: usize, N: u32, K: u32, add: u32): void {
  matvec(W, x, y, N, K, add, true);
}
