/** What the codec offers: one set of weights, many streams. */
import type { MimiConfig } from '../model/config.js';

export interface MimiStream {
  /**
   * Encodes one frame. `pcm` [frameSize] f32 in −1 … 1 at 24 kHz. Returns [nQ] u32, one code per codebook,
   * semantic first: a view that the next call overwrites. Synchronous; allocates nothing.
   */
  encode(pcm: Float32Array): Uint32Array;
  /** [dimension] f32: the latent the last frame's codes were chosen for. A view, overwritten by the next call. */
  readonly latent: Float32Array;
  /** Back to the start of a stream. */
  reset(): void;
  /** Gives the stream's memory back. The stream is dead afterwards. */
  close(): void;
}

export interface Mimi {
  readonly config: MimiConfig;
  /** Samples of one frame: 1920 at 24 kHz and 12.5 Hz. */
  readonly frameSize: number;
  open(): MimiStream;
  dispose(): void;
}
