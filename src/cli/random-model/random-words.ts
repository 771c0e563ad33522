/** Random 32-bit words, the same for the same seed and name in every run, some nanoseconds each. */

/** Words discarded at the start, until the state no longer depends visibly on the seed. */
const WARM_UP = 16;

/** A "small fast counting" generator: three words of state, and a counter that keeps its period long. */
export class RandomWords {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** Each `name` is a separate stream, so that a tensor does not depend on those before it. */
  constructor(seed: number, name: string) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = hash(name);
    this.fill(new Uint32Array(WARM_UP), WARM_UP);
  }

  /** Overwrites the first `count` of `words`. */
  fill(words: Uint32Array, count: number): void {
    let [a, b, c, counter] = [this.#a, this.#b, this.#c, this.#counter];
    for (let i = 0; i < count; i++) {
      const word = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
      words[i] = word;
    }
    [this.#a, this.#b, this.#c, this.#counter] = [a, b, c, counter];
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let h = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  return h;
}
