/** Reusable chunk buffers, so that downloading a model needs a few MB of memory. */

export class ChunkBuffers {
  readonly #spare: ArrayBuffer[] = [];
  #closed = false;

  /** `length` bytes, not cleared. */
  take(length: number): Uint8Array<ArrayBuffer> {
    let best = -1;
    let least = Infinity;
    this.#spare.forEach(({ byteLength }, i) => {
      if (byteLength < length || byteLength >= least) return;
      best = i;
      least = byteLength;
    });
    // If none is large enough, one is dropped for the new one.
    const [spare] = this.#spare.splice(best, 1);
    const fits = spare !== undefined && spare.byteLength >= length;
    return new Uint8Array(fits ? spare : new ArrayBuffer(length), 0, length);
  }

  /** Returns bytes from `take`, which the caller must no longer use. */
  release(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (bytes === undefined || bytes.buffer.byteLength === 0) return; // it was transferred
    if (!this.#closed) this.#spare.push(bytes.buffer);
  }

  /** Drops all buffers, now and later: a model's sources live as long as its engine. */
  close(): void {
    this.#closed = true;
    this.#spare.length = 0;
  }
}
