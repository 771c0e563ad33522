// matvec-q4_0.ts: y = W·x for one token, W in Q4_0, x in int8.
//
//   y[n] (+)= Σ_b d[n, b] · dx[b] · (Σ_j w[n, 32b + j]·q[32b + j] − 8·s[b])        w = 0 … 15
//
// in   W     [⌈N/4⌉, K/32, 64]  u8    four rows interleaved, packed by src/wasm/pack.ts: byte 16j + 4r + i holds
//                                     elements 4j + i (low nibble) and 16 + 4j + i (high) of row r, j = 0 … 3
// in   d     [⌈N/4⌉, K/32, 4]   f32   the rows' scales
// in   q, dx, s                       from quantize.ts
// out  y     [N]                f32   added to where `add` is 1
// const  K a multiple of 32
//
// Two neighbouring lanes of the dot product own one row, so no sum is ever folded across rows, and four activations
// are splatted to all four rows at once. Nibbles are the 7-bit operand of the relaxed dot (0 … 15 fits), which makes it
// exact on every machine. Products of a whole block are summed in i16, 16 · 15 · 127 < 2¹⁵, and widened once: on x86
// the dot that adds into i32 costs two instructions more each time, and the step 1.4 times as long.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd, storeLanes } from './lanes';

/** The integer part of one block for four rows. */
// @ts-ignore: decorator
@inline
function block(w: usize, q: usize, sum: v128): v128 {
  const mask = i8x16.splat(15);
  if (ASC_FEATURE_RELAXED_SIMD) {
    let v = v128.load(w);
    let acc = i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q), v128.and(v, mask));
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 16), i8x16.shr_u(v, 4)));
    v = v128.load(w, 16);
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 4), v128.and(v, mask)));
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 20), i8x16.shr_u(v, 4)));
    v = v128.load(w, 32);
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 8), v128.and(v, mask)));
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 24), i8x16.shr_u(v, 4)));
    v = v128.load(w, 48);
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 12), v128.and(v, mask)));
    acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(q, 28), i8x16.shr_u(v, 4)));
    return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(acc));
  }
  let low = i16x8.splat(0); // rows 0, 1: four products each
  let high = i16x8.splat(0); // rows 2, 3
  for (let j: usize = 0; j < 16; j += 4) {
    const v = v128.load(w + (j << 2));
    let x = v128.load32_splat(q + j);
    let n = v128.and(v, mask);
    low = i16x8.add(low, i16x8.extmul_low_i8x16_s(x, n));
    high = i16x8.add(high, i16x8.extmul_high_i8x16_s(x, n));
    x = v128.load32_splat(q + j, 16);
    n = i8x16.shr_u(v, 4);
    low = i16x8.add(low, i16x8.extmul_low_i8x16_s(x, n));
    high = i16x8.add(high, i16x8.extmul_high_i8x16_s(x, n));
  }
  const l = i32x4.extadd_pairwise_i16x8_s(low);
  const h = i32x4.extadd_pairwise_i16x8_s(high);
  return i32x4.add(sum, i32x4.add(v128.shuffle<i32>(l, h, 0, 2, 4, 6), v128.shuffle<i32>(l, h, 1, 3, 5, 7)));
}

export function matvec_q4_0(W: usize, d: usize, q: usize, dx: usize, s: usize, y: usize, N: u32, K: u32, add: u32): void {
  const blocks = <usize>(K >> 5);
  const rowBytes = blocks << 6;
  const scaleBytes = blocks << 4;
  let n: u32 = 0;
  // Two groups of four rows share each block's activations.
  for (; n + 4 < N; n += 8, W += rowBytes << 1, d += scaleBytes << 1, y += 32) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let w = W;
    let t = d;
    let x = q;
    for (let i: usize = 0; i < blocks; i++, w += 64, t += 16, x += 32) {
      const sum = i32x4.splat(-8 * i32.load(s + (i << 2)));
      const scale = v128.load32_splat(dx + (i << 2));
      a = madd(f32x4.convert_i32x4_s(block(w, x, sum)), f32x4.mul(scale, v128.load(t)), a);
      b = madd(f32x4.convert_i32x4_s(block(w + rowBytes, x, sum)), f32x4.mul(scale, v128.load(t + scaleBytes)), b);
    }
    if (add) {
      a = f32x4.add(a, v128.load(y));
      b = f32x4.add(b, v128.load(y, 16));
    }
    v128.store(y, a);
    storeLanes(y + 16, b, N - n - 4);
  }
  if (n < N) {
    let a = f32x4.splat(0);
    let x = q;
    for (let i: usize = 0; i < blocks; i++, W += 64, d += 16, x += 32) {
      const sum = i32x4.splat(-8 * i32.load(s + (i << 2)));
      const scale = v128.load32_splat(dx + (i << 2));
      a = madd(f32x4.convert_i32x4_s(block(W, x, sum)), f32x4.mul(scale, v128.load(d)), a);
    }
    if (add) a = f32x4.add(a, v128.load(y));
    storeLanes(y, a, N - n);
  }
}
