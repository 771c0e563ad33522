/** Cuts a stream of samples into frames of a fixed size. */
import { SttError } from '../errors.js';

/** Samples in a frame: 80 ms at 24 kHz, the codec's unit of input. */
export const FRAME_SIZE = 1_920;

/** Receives each frame once, in order. The receiver owns the buffer and may transfer it. */
export type FrameSink = (index: number, pcm: Float32Array<ArrayBuffer>) => void;

/** Cuts samples into consecutive frames of `size`, numbered from 0. */
export class Framer {
  readonly #size: number;
  readonly #sink: FrameSink;
  #frame: Float32Array<ArrayBuffer>;
  #filled = 0;
  #index = 0;

  /** @throws SttError 'invalid-argument' for a size that is not a positive whole number. */
  constructor(sink: FrameSink, size = FRAME_SIZE) {
    if (!Number.isInteger(size) || size < 1) {
      throw new SttError('invalid-argument', `frame size is ${size}, expected a positive whole number`);
    }
    this.#size = size;
    this.#sink = sink;
    this.#frame = new Float32Array(size);
  }

  /** Appends samples [n] f32, any n; they are copied. */
  push(samples: Float32Array): void {
    for (let read = 0; read < samples.length;) {
      const count = Math.min(this.#size - this.#filled, samples.length - read);
      for (let i = 0; i < count; i++) this.#frame[this.#filled + i] = samples[read + i] ?? 0;
      this.#filled += count;
      read += count;
      if (this.#filled === this.#size) this.#emit();
    }
  }

  /** Emits the remaining samples padded with zeros, if there are any. */
  end(): void {
    if (this.#filled > 0) this.#emit();
  }

  /** Allocates a new buffer, 12.5 times per second, because the receiver transfers the old one. */
  #emit(): void {
    const frame = this.#frame;
    this.#frame = new Float32Array(this.#size);
    this.#filled = 0;
    this.#sink(this.#index++, frame);
  }
}
