// conv-three.ts: conv.ts where taps = 3 and stride = 1, in four products for two outputs instead of six.
//
//   s[t] = bias + A·u[t−2] + B·u[t−1] + C·u[t],   u[t] a row of L channels,  W = [A | B | C]
//
//   s[2i]     = p + q + A·(u[2i−2] − u[2i])          p = bias + (A + B + C)/2 · (u[2i−1] + u[2i])
//   s[2i + 1] = p − q + C·(u[2i+1] − u[2i−1])        q =        (A − B + C)/2 · (u[2i] − u[2i−1])
//
// in   x          [M + 2, L]        f32   u[−2] … u[M − 1], contiguous
// in   W          [4, N/8, L, 8]    f32   (A + B + C)/2, (A − B + C)/2, A, C, packed by src/wasm/pack.ts
// in   bias       [N]               f32
// out  y          [M, N]            f32   0 = none
// out  activated  [M, N]            f32   ELU of the same; 0 = none; rows of both are `stride` bytes apart
// tmp  mixed      [8 + 48·8 + min(M/2, 48)·4·L]  f32
// const  M even, N a multiple of eight, L of four; `stride` that of all outputs whose weights W holds
//
// Winograd's F(2, 3), in f32 throughout, like conv-strided.ts.
//
// reference  kernels/reference/conv1d.ts     test  test/unit/kernels/conv.test.ts
import { activate, block8, ROWS } from './conv';

/** The four inputs of each pair: u[2i−1] + u[2i], u[2i] − u[2i−1], u[2i−2] − u[2i], u[2i+1] − u[2i−1]. */
function combine(x: usize, L: u32, pairs: u32, to: usize): void {
  const row = <usize>L << 2;
  for (let i: u32 = 0; i < pairs; i++, x += 2 * row, to += 4 * row) {
    for (let c: usize = 0; c < row; c += 16) {
      const a = v128.load(x + c);
      const b = v128.load(x + row + c);
      const d = v128.load(x + 2 * row + c);
      const e = v128.load(x + 3 * row + c);
      v128.store(to + c, f32x4.add(b, d));
      v128.store(to + row + c, f32x4.sub(d, b));
      v128.store(to + 2 * row + c, f32x4.sub(a, d));
      v128.store(to + 3 * row + c, f32x4.sub(e, b));
    }
  }
}

/** even ← odd + q, odd ← odd − q, eight sums of each pair. */
function fold(odd: usize, even: usize, stride: usize, q: usize, pairs: u32): void {
  for (let i: u32 = 0; i < pairs; i++, odd += stride, even += stride, q += 32) {
    const p0 = v128.load(odd);
    const p1 = v128.load(odd, 16);
    const q0 = v128.load(q);
    const q1 = v128.load(q, 16);
    v128.store(even, f32x4.add(p0, q0));
    v128.store(even, f32x4.add(p1, q1), 16);
    v128.store(odd, f32x4.sub(p0, q0));
    v128.store(odd, f32x4.sub(p1, q1), 16);
  }
}

export function conv_three(
  x: usize, M: u32, W: usize, L: u32, N: u32, bias: usize, y: usize, activated: usize, mixed: usize, stride: u32,
): void {
  const row = <usize>L << 2;
  const pair = 4 * row;
  const ys = <usize>stride;
  const ys2 = 2 * ys;
  const block = <usize>L << 5;
  const plane = <usize>(stride >> 5) * block;
  const q = mixed + 32;
  const inputs = q + <usize>(ROWS >> 1) * 32;
  memory.fill(mixed, 0, 32);
  let s = y ? y : activated;
  for (let m: u32 = 0; m < M; m += ROWS) {
    const count = min<u32>(ROWS, M - m);
    const pairs = count >> 1;
    combine(x, L, pairs, inputs);
    let w = W;
    let b = bias;
    let even = s;
    for (let n: u32 = 0; n < N; n += 8, w += block, b += 32, even += 32) {
      const odd = even + ys;
      block8(inputs, pair, pairs, w, L, b, 0, odd, ys2, 8);
      block8(inputs + row, pair, pairs, w + plane, L, mixed, 0, q, 32, 8);
      fold(odd, even, ys2, q, pairs);
      block8(inputs + 2 * row, pair, pairs, w + 2 * plane, L, even, ys2, even, ys2, 8);
      block8(inputs + 3 * row, pair, pairs, w + 3 * plane, L, odd, ys2, odd, ys2, 8);
    }
    if (activated) activate(s, activated, count, N, ys);
    x += <usize>count * row;
    s += <usize>count * ys;
    if (activated) activated += <usize>count * ys;
  }
}
