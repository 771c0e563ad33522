/** The definitions of move.ts, on bytes. */

/** Copies `bytes` bytes of `memory` from `from` to `to`; the ranges may overlap. */
export function copy(memory: Uint8Array, from: number, to: number, bytes: number): Uint8Array {
  const y = memory.slice();
  for (let i = 0; i < bytes; i++) y[to + i] = memory[from + i]!;
  return y;
}

export function clear(memory: Uint8Array, to: number, bytes: number): Uint8Array {
  return memory.map((v, i) => (i >= to && i < to + bytes ? 0 : v));
}

/** Writes `times` consecutive copies of a row of `bytes`, only at position 0. */
export function repeat(
  memory: Uint8Array,
  from: number,
  to: number,
  bytes: number,
  times: number,
  position: number,
): Uint8Array {
  const y = memory.slice();
  for (let i = 0; position === 0 && i < bytes * times; i++) y[to + i] = memory[from + (i % bytes)]!;
  return y;
}
