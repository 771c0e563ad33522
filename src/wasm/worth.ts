/** Whether sharing pays: other work may leave a helper no core, and then waiting for it costs more than it does. */

/** Shared plans that are looked at together: four frames of codec and language model. */
const LOOKED_AT = 8;
/** Plans that run alone before sharing is tried again: some three seconds of live sound. */
const ALONE = 72;

export class Worth {
  #plans = 0;
  #ms = 0;
  #waitedMs = 0;
  #own = 0;
  #parts = 0;
  #alone = 0;

  /** Asked before each plan: whether it is to be shared. */
  next(): boolean {
    if (this.#alone === 0) return true;
    this.#alone--;
    return false;
  }

  /** Notes a shared plan: how long it took, how much of that its thread waited for others, and how many of the parts were its own. */
  note(ms: number, waitedMs: number, own: number, parts: number): void {
    this.#ms += ms;
    this.#waitedMs += waitedMs;
    this.#own += own;
    this.#parts += parts;
    if (++this.#plans < LOOKED_AT) return;
    // What it did itself took it all the time that it did not wait; the rest would have taken as long, part by part.
    const alone = ((this.#ms - this.#waitedMs) * this.#parts) / Math.max(1, this.#own);
    if (alone < this.#ms) this.#alone = ALONE;
    this.#plans = this.#ms = this.#waitedMs = this.#own = this.#parts = 0;
  }
}
