// embed.ts: adds one row of an embedding table to y.
//
//   y += table[i]
//
// in   table  [rows, M]  f32, f16, bf16, Q8_0 or Q4_0, as stored in the file (Q blocks: f16 scale, then quants);
//                        row i at table + i·stride bytes
// in   index  u32 in memory
// in/out  y   [M]  f32
// const  M a multiple of 32 for the Q types
//
// Tables are only read a row at a time, so they keep the file's layout. An index past the table would read another
// tensor's bytes, so it is clamped to the last row, the initial token.
//
// reference  kernels/reference/embed.ts     test  test/unit/kernels/embed.test.ts
import { loadBf16, loadF16 } from './lanes';

// @ts-ignore: decorator
@inline
function row(table: usize, stride: u32, index: usize, rows: u32): usize {
  return table + <usize>min<u32>(load<u32>(index), rows - 1) * <usize>stride;
}

// @ts-ignore: decorator
@inline
function plus(y: usize, i: u32, v: f32): void {
  const at = y + (<usize>i << 2);
  f32.store(at, f32.load(at) + v);
}

export function embed_f32(table: usize, stride: u32, index: usize, rows: u32, y: usize, M: u32): void {
  const from = row(table, stride, index, rows);
  for (let i: u32 = 0; i < M; i++) plus(y, i, f32.load(from + (<usize>i << 2)));
}

export function embed_f16(table: usize, stride: u32, index: usize, rows: u32, y: usize, M: u32): void {
  const from = row(table, stride, index, rows);
  for (let i: u32 = 0; i < M; i++) plus(y, i, loadF16(from + (<usize>i << 1)));
}

export function embed_bf16(table: usize, stride: u32, index: usize, rows: u32, y: usize, M: u32): void {
  const from = row(table, stride, index, rows);
  for (let i: u32 = 0; i < M; i++) plus(y, i, loadBf16(from + (<usize>i << 1)));
}

export function embed_q8_0(table: usize, stride: u32, index: usize, rows: u32, y: usize, M: u32): void {
  let from = row(table, stride, index, rows);
  for (let b: u32 = 0; b < M; b += 32, from += 34) {
    const d = loadF16(from);
    for (let j: u32 = 0; j < 32; j++) plus(y, b + j, <f32>load<i8>(from + j, 2) * d);
  }
}

export function embed_q4_0(table: usize, stride: u32, index: usize, rows: u32, y: usize, M: u32): void {
  let from = row(table, stride, index, rows);
  for (let b: u32 = 0; b < M; b += 32, from += 18) {
    const d = loadF16(from);
    for (let j: u32 = 0; j < 16; j++) {
      const byte = <i32>load<u8>(from + j, 2);
      plus(y, b + j, <f32>((byte & 15) - 8) * d);
      plus(y, b + j + 16, <f32>((byte >> 4) - 8) * d);
    }
  }
}
