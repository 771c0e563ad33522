/** Memory that is used over and over: of all that a model comes through, only a little is held at a time. */

export class ChunkBuffers {
  readonly #spare: ArrayBuffer[] = [];
  #closed = false;

  /** `length` bytes, of any content. */
  take(length: number): Uint8Array<ArrayBuffer> {
    let best = -1;
    let least = Infinity;
    this.#spare.forEach(({ byteLength }, i) => {
      if (byteLength < length || byteLength >= least) return;
      best = i;
      least = byteLength;
    });
    // Where none is large enough, one makes way for the one that is allocated.
    const [spare] = this.#spare.splice(best, 1);
    const fits = spare !== undefined && spare.byteLength >= length;
    return new Uint8Array(fits ? spare : new ArrayBuffer(length), 0, length);
  }

  /** Takes back what `take` gave. Nobody else may look at it any more. */
  give(bytes: Uint8Array<ArrayBuffer> | undefined): void {
    if (bytes === undefined || bytes.buffer.byteLength === 0) return; // it went another way
    if (!this.#closed) this.#spare.push(bytes.buffer);
  }

  /** Nothing is held from now on: a model that can be read again lives as long as its engine. */
  close(): void {
    this.#closed = true;
    this.#spare.length = 0;
  }
}
