/** Queues frames of all sessions for the codec and encodes them in batches, one frame per stream. */
import type { Mimi, MimiStream } from '../mimi/mimi.js';
import { checkLatent } from './validation.js';

/** A queued frame and its callbacks. */
interface Waiting {
  readonly stream: MimiStream;
  /** [frameSize] f32 */
  readonly pcm: Float32Array;
  /** `codes`: [nQ], a view. `ms`: the frame's share of the batch's wall-clock time. */
  readonly coded: (codes: Uint32Array, ms: number) => void;
  readonly failed: (cause: unknown) => void;
}

export class CodecBatch {
  readonly #mimi: Mimi;
  readonly #waiting: Waiting[] = [];
  readonly #batch: Waiting[] = [];
  readonly #streams: MimiStream[] = [];
  readonly #frames: Float32Array[] = [];
  #running = false;

  constructor(mimi: Mimi) {
    this.#mimi = mimi;
  }

  /** Queues a frame; `run` encodes it. */
  add(frame: Waiting): void {
    this.#waiting.push(frame);
  }

  /** Removes the queued frames of a stream before it is closed. */
  drop(stream: MimiStream): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      if (this.#waiting[i]?.stream === stream) this.#waiting.splice(i, 1);
    }
  }

  /** Encodes all queued frames, each stream's in order. Re-entrant calls return; the current run continues. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#waiting.length > 0) this.#runBatch();
    } finally {
      // Keep no references to streams that a callback may have closed.
      this.#batch.length = this.#streams.length = this.#frames.length = 0;
      this.#running = false;
    }
  }

  /** Encodes one batch: the first frames of as many different streams as the codec has slots. */
  #runBatch(): void {
    const [batch, streams, frames] = [this.#batch, this.#streams, this.#frames];
    batch.length = streams.length = frames.length = 0;
    for (let i = 0; i < this.#waiting.length && batch.length < this.#mimi.slots;) {
      const next = this.#waiting[i];
      if (!next || streams.includes(next.stream)) {
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      batch.push(next);
      streams.push(next.stream);
      frames.push(next.pcm);
    }
    const began = performance.now();
    try {
      this.#mimi.encodeBatch(streams, frames);
    } catch (cause) {
      for (const { failed } of batch) failed(cause);
      return;
    }
    const share = (performance.now() - began) / batch.length;
    for (const { stream, coded, failed } of batch) {
      try {
        checkLatent(stream.latent);
        coded(stream.codes, share);
      } catch (cause) {
        failed(cause);
      }
    }
  }
}
