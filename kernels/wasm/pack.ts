// pack.ts: rows of Q4_0 and Q8_0 blocks as a file stores them → groups of four rows interleaved, as the products read them.
//
// in   raw  [rows, K/32]      blocks of 18 or 34 bytes: an f16 scale, then the quants
// out  to   [⌈rows/4⌉, K/32]  blocks of 80 or 144 bytes: the rows' scales, [4] f32, then word 4j + i of the rest holds
//                             bytes 4j … 4j + 3 of row i's quants. Rows past the last are not written.
// const  K a multiple of 32
//
// Weights are packed once, a window of rows at a time, when they are loaded.
//
// reference  kernels/reference/pack.ts     test  test/unit/kernels/pack.test.ts
import { loadF16 } from './lanes';

/** `quants`: bytes of a row's quants in a block, a literal at each call. */
// @ts-ignore: decorator
@inline
function pack(raw: usize, to: usize, rows: u32, K: u32, quants: usize): void {
  const blocks = <usize>(K >> 5);
  const block = 2 + quants;
  const packed = 16 + 4 * quants;
  for (let r: u32 = 0; r < rows; r++, raw += blocks * block) {
    let p = to + <usize>(r >> 2) * blocks * packed + (<usize>(r & 3) << 2);
    let from = raw;
    for (let b: usize = 0; b < blocks; b++, from += block, p += packed) {
      f32.store(p, loadF16(from));
      for (let e: usize = 0; e < quants; e += 4) store<u32>(p + 4 * e, load<u32>(from + e, 2), 16);
    }
  }
}

export function pack_q4_0(raw: usize, to: usize, rows: u32, K: u32): void {
  pack(raw, to, rows, K, 16);
}

export function pack_q8_0(raw: usize, to: usize, rows: u32, K: u32): void {
  pack(raw, to, rows, K, 32);
}
