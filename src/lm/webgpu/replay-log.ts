/** Records what a stream was fed, to queue its steps without a copy each and to rebuild its keys and values. */

/** Codes of steps and the tokens they produced, indexed by step from the start of the stream. */
export class ReplayLog {
  readonly #nQ: number;
  readonly #initial: number;
  #capacity: number;
  /** [capacity, nQ] u32, step t at t mod capacity. */
  #codes: Uint32Array<ArrayBuffer>;
  /** [capacity] u32. */
  #tokens: Uint32Array<ArrayBuffer>;
  #pushed = 0;
  #known = 0;

  /** Keeps at least `steps` steps; `initial` is the code of a step without codes. */
  constructor(nQ: number, initial: number, steps: number) {
    this.#nQ = nQ;
    this.#initial = initial;
    this.#capacity = steps;
    this.#codes = new Uint32Array(steps * nQ);
    this.#tokens = new Uint32Array(steps);
  }

  /** Steps pushed. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Steps whose token is known. */
  get known(): number {
    return this.#known;
  }

  /** Adds a step and keeps the last `keep` steps whose token is known. */
  push(codes: Uint32Array | null, keep: number): void {
    if (this.#pushed - this.#known + keep >= this.#capacity) this.#grow();
    const at = (this.#pushed++ % this.#capacity) * this.#nQ;
    if (codes) this.#codes.set(codes, at);
    else this.#codes.fill(this.#initial, at, at + this.#nQ);
  }

  /** Copies the codes of step `t` to `to` from `at`. */
  copyCodes(t: number, to: Uint32Array, at: number): void {
    const from = (t % this.#capacity) * this.#nQ;
    for (let q = 0; q < this.#nQ; q++) to[at + q] = this.#codes[from + q] ?? 0;
  }

  /** The token that step `t` produced. */
  token(t: number): number {
    return this.#tokens[t % this.#capacity] ?? 0;
  }

  /** Records the token of the first step without one. */
  addToken(token: number): void {
    this.#tokens[this.#known++ % this.#capacity] = token;
  }

  clear(): void {
    this.#pushed = this.#known = 0;
  }

  /** Reached only by a caller that pushes far ahead of the GPU. */
  #grow(): void {
    const [codes, tokens, capacity] = [this.#codes, this.#tokens, this.#capacity];
    this.#capacity *= 2;
    this.#codes = new Uint32Array(this.#capacity * this.#nQ);
    this.#tokens = new Uint32Array(this.#capacity);
    for (let t = Math.max(0, this.#pushed - capacity); t < this.#pushed; t++) {
      const from = (t % capacity) * this.#nQ;
      this.#codes.set(codes.subarray(from, from + this.#nQ), (t % this.#capacity) * this.#nQ);
      this.#tokens[t % this.#capacity] = tokens[t % capacity] ?? 0;
    }
  }
}
