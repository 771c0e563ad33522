// matvec-q8_0.ts: y = W·x for one token, W in Q8_0, x in int8.
//
//   y[n] (+)= Σ_b d[n, b] · dx[b] · Σ_j w[n, 32b + j]·q[32b + j]
//
// in   W  [⌈N/4⌉, K/32, 128]  i8    four rows interleaved, packed by src/wasm/pack.ts: byte 16j + 4r + i holds
//                                   element 4j + i of row r, j = 0 … 7
// in   d  [⌈N/4⌉, K/32, 4]    f32   the rows' scales
// in   q, dx                        from quantize.ts
// out  y  [N]                 f32   added to where `add` is 1
// const  K a multiple of 32
//
// Both operands use all eight bits, which the relaxed dot does not promise, so both builds widen to i16.
//
// reference  kernels/reference/matvec.ts     test  test/unit/kernels/matvec.test.ts
import { madd, storeLanes } from './lanes';

/** The integer part of one block for four rows. */
// @ts-ignore: decorator
@inline
function block(w: usize, q: usize): v128 {
  let low = i32x4.splat(0); // row 0, row 0, row 1, row 1
  let high = i32x4.splat(0); // row 2, row 2, row 3, row 3
  for (let j: usize = 0; j < 32; j += 4) {
    const x = v128.load32_splat(q + j);
    const v = v128.load(w + (j << 2));
    low = i32x4.add(low, i32x4.extadd_pairwise_i16x8_s(i16x8.extmul_low_i8x16_s(x, v)));
    high = i32x4.add(high, i32x4.extadd_pairwise_i16x8_s(i16x8.extmul_high_i8x16_s(x, v)));
  }
  return i32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7));
}

export function matvec_q8_0(W: usize, d: usize, q: usize, dx: usize, y: usize, N: u32, K: u32, add: u32): void {
  const blocks = <usize>(K >> 5);
  for (let n: u32 = 0; n < N; n += 4, y += 16) {
    let a = f32x4.splat(0);
    let x = q;
    for (let i: usize = 0; i < blocks; i++, W += 128, d += 16, x += 32) {
      const scale = f32x4.mul(v128.load32_splat(dx + (i << 2)), v128.load(d));
      a = madd(f32x4.convert_i32x4_s(block(W, x)), scale, a);
    }
    if (add) a = f32x4.add(a, v128.load(y));
    storeLanes(y, a, N - n);
  }
}
