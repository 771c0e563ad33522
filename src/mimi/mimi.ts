/** What the codec offers: one set of weights, many streams. */
import type { MimiConfig } from '../model/config.js';

export interface MimiStream {
  /**
   * Encodes one frame. `pcm` [frameSize] f32 in −1 … 1 at 24 kHz. Returns `codes`. Synchronous; allocates nothing.
   */
  encode(pcm: Float32Array): Uint32Array;
  /** [nQ] u32, one for each codebook, semantic first: the last frame's. A view, overwritten by the next call. */
  readonly codes: Uint32Array;
  /** [dimension] f32: the latent they were chosen for. A view, overwritten by the next call. */
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
  /** Streams, each once, that `encodeTogether` takes at most. */
  readonly slots: number;
  open(): MimiStream;
  /** What `encode` does, for a frame of each of these streams of this codec: what it shares is read once for all of them. */
  encodeBatch(streams: readonly MimiStream[], frames: readonly Float32Array[]): void;
  dispose(): void;
}
