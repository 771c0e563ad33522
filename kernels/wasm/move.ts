// move.ts: copies and fills of memory between other kernels.
//
//   copy     to[0 … bytes) ← from
//   clear    to[0 … bytes) ← 0
//   repeat   where *position is 0: rows of `to` ← the row at `from`, `times` times
//
// `repeat` is Mimi's replicate padding: the first vector of a stream replaces the missing ones before it.
//
// reference  kernels/reference/move.ts     test  test/unit/kernels/move.test.ts

export function copy(from: usize, to: usize, bytes: u32): void {
  memory.copy(to, from, bytes);
}

export function clear(to: usize, bytes: u32): void {
  memory.fill(to, 0, bytes);
}

export function repeat(from: usize, to: usize, bytes: u32, times: u32, position: usize): void {
  if (load<u32>(position) != 0) return;
  for (let i: u32 = 0; i < times; i++) memory.copy(to + <usize>i * <usize>bytes, from, bytes);
}
