/** Frames that wait for the codec, of all sessions: it takes one of each of a few streams together. */
import type { Mimi, MimiStream } from '../mimi/mimi.js';

/** A frame and whom to tell. */
interface Waiting {
  readonly stream: MimiStream;
  /** [frameSize] f32 */
  readonly pcm: Float32Array;
  /** `codes` [nQ], a view; `ms` of wall clock: the frame's share in what the codec took. */
  readonly coded: (codes: Uint32Array, ms: number) => void;
  readonly failed: (cause: unknown) => void;
}

export class CodecBatch {
  readonly #mimi: Mimi;
  readonly #waiting: Waiting[] = [];
  readonly #together: Waiting[] = [];
  readonly #streams: MimiStream[] = [];
  readonly #frames: Float32Array[] = [];
  #running = false;

  constructor(mimi: Mimi) {
    this.#mimi = mimi;
  }

  /** Nothing is computed before `run`. */
  add(frame: Waiting): void {
    this.#waiting.push(frame);
  }

  /** Forgets the frames of a stream that is about to be closed. */
  drop(stream: MimiStream): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (this.#waiting[i]?.stream === stream) this.#waiting.splice(i, 1);
    }
  }

  /** Encodes all that waits, a stream's frames in order. Re-entrant calls return; the current run continues. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0) this.#round();
    } finally {
      // A callback may have closed this stream.
      this.#together.length = this.#streams.length = this.#frames.length = 0;
      this.#running = false;
    }
  }

  /** The first frames that are of as many different streams as have a seat. */
  #round(): void {
    const [together, streams, frames] = [this.#together, this.#streams, this.#frames];
    together.length = streams.length = frames.length = 0;
    for (let i = 0; i < this.#waiting.length && together.length < this.#mimi.slots;) {
      const next = this.#waiting[i];
      if (!next || streams.includes(next.stream)) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      together.push(next);
      streams.push(next.stream);
      frames.push(next.pcm);
    }
    const began = performance.now();
    try {
      this.#mimi.encodeBatch(streams, frames);
    } catch (cause) {
      for (const { failed } of together) failed(cause);
      return;
    }
    const share = (performance.now() - began) / together.length;
    for (const { stream, coded, failed } of together) {
      try {
        coded(stream.codes, share);
      } catch (cause) {
        failed(cause);
      }
    }
  }
}
