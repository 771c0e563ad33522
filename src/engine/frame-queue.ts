/** A FIFO queue of frames: a ring buffer that doubles when full and drops nothing. */

const INITIAL_CAPACITY = 32;

export class FrameQueue {
  #slots = new Array<Float32Array | undefined>(INITIAL_CAPACITY);
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(frame: Float32Array): void {
    if (this.#length === this.#slots.length) this.#grow();
    this.#slots[(this.#head + this.#length) % this.#slots.length] = frame;
    this.#length++;
  }

  shift(): Float32Array | undefined {
    const frame = this.#slots[this.#head];
    if (this.#length === 0 || !frame) return undefined;
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#length--;
    return frame;
  }

  clear(): void {
    this.#slots = new Array<Float32Array | undefined>(INITIAL_CAPACITY);
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const larger = new Array<Float32Array | undefined>(this.#slots.length * 2);
    for (let i = 0; i < this.#length; i++) larger[i] = this.#slots[(this.#head + i) % this.#slots.length];
    this.#slots = larger;
    this.#head = 0;
  }
}
