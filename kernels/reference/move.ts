/** The definitions of move.ts, on bytes. */

/** `bytes` bytes of `memory` from `from` to `to`; where they overlap, what was there before is what moves. */
export function copy(memory: Uint8Array, from: number, to: number, bytes: number): Uint8Array {
  const y = memory.slice();
  for (let i = 0; i < bytes; i++) y[to + i] = memory[from + i]!;
  return y;
}

export function clear(memory: Uint8Array, to: number, bytes: number): Uint8Array {
  return memory.map((v, i) => (i >= to && i < to + bytes ? 0 : v));
}

/** At the start of a stream only: `times` copies of a row of `bytes`, one after another. */
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
