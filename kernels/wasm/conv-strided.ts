// conv-strided.ts: conv.ts where taps = 2·stride, in three products for two outputs instead of four.
//
//   s[t] = bias + A·u[t−1] + B·u[t],   u[t] the `stride` rows that end with output t,  W = [A | B]
//
//   s[2i]     = q − A·(u[2i] − u[2i−1])
//   s[2i + 1] = q + B·(u[2i+1] − u[2i])       q = bias + (A + B)·u[2i]
//
// in   x          [M + 1, L]        f32   u[−1] … u[M − 1], L = stride·channels floats each, contiguous
// in   W          [3, ⌈N/8⌉, L, 8]  f32   A + B, −A, B, packed by src/wasm/pack.ts
// in   bias       [⌈N/8⌉·8]         f32
// out  y          [M, N]            f32   0 = none
// out  activated  [M, N]            f32   ELU of the same; 0 = none; rows of both are `stride` bytes apart
// tmp  steps      [min(M, 96), L]   f32   u[t] − u[t−1]
// const  M even; `stride` that of all outputs whose weights W holds, of which these are N neighbours
//
// A fast FIR filter (Winograd's algorithm in one dimension). Everything is f32: sums of differences round slightly
// differently, by as much as sums in another order.
//
// reference  kernels/reference/conv1d.ts     test  test/unit/kernels/conv.test.ts
import { activate, block8, ROWS } from './conv';
import { storeLanes } from './lanes';

/** steps[0 … n) = x[i + L] − x[i]. */
function differences(x: usize, L: u32, steps: usize, n: u32): void {
  const later = <usize>L << 2;
  const end = x + ((<usize>n & ~3) << 2);
  for (; x < end; x += 16, steps += 16) v128.store(steps, f32x4.sub(v128.load(x + later), v128.load(x)));
  if (n & 3) storeLanes(steps, f32x4.sub(v128.load(x + later), v128.load(x)), n & 3);
}

export function conv_strided(
  x: usize, M: u32, W: usize, L: u32, N: u32, bias: usize, y: usize, activated: usize, steps: usize, stride: u32,
): void {
  const rowBytes = <usize>L << 2;
  const pair = 2 * rowBytes;
  const ys = <usize>stride;
  const block = <usize>L << 5;
  const plane = <usize>(((stride >> 2) + 7) >> 3) * block;
  let s = y ? y : activated;
  for (let m: u32 = 0; m < M; m += ROWS) {
    const count = min<u32>(ROWS, M - m);
    const pairs = count >> 1;
    differences(x, L, steps, count * L);
    let w = W;
    let b = bias;
    let even = s;
    for (let left = <i32>N; left > 0; left -= 8, w += block, b += 32, even += 32) {
      const odd = even + ys;
      block8(x + rowBytes, pair, pairs, w, L, b, 0, odd, 2 * ys, left);
      block8(steps, pair, pairs, w + plane, L, odd, 2 * ys, even, 2 * ys, left);
      block8(steps + rowBytes, pair, pairs, w + 2 * plane, L, odd, 2 * ys, odd, 2 * ys, left);
    }
    if (activated) activate(s, activated, count, N, ys);
    x += <usize>count * rowBytes;
    s += <usize>count * ys;
    if (activated) activated += <usize>count * ys;
  }
}
