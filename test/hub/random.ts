/** A seeded 32-bit random number generator (Steele, Lea and Flood's mixing, one word of state). */

export interface Random {
  /** In [0, 1). */
  (): number;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let word = state;
    word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return ((word ^ (word >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 to below `end`. */
export function whole(random: Random, end: number): number {
  return Math.floor(random() * end);
}

export function randomBytes(random: Random, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, () => whole(random, 256));
}
