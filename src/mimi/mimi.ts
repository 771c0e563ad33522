/** The codec's interface: one set of weights, many streams. */
import type { MimiConfig } from '../model/config.js';

export interface MimiStream {
  /**
   * Encodes one frame. `pcm` [frameSize] f32 in −1 … 1 at 24 kHz. Returns `codes`. Synchronous; allocates nothing.
   */
  encode(pcm: Float32Array): Uint32Array;
  /** [nQ] u32: the last frame's codes, one per codebook, semantic first. A view, overwritten by the next call. */
  readonly codes: Uint32Array;
  /** [dimension] f32: the latent of the last frame, before quantisation. A view, overwritten by the next call. */
  readonly latent: Float32Array;
  /** Returns to the start of a stream. */
  reset(): void;
  /** Frees the stream's memory; later calls fail. */
  close(): void;
}

export interface Mimi {
  readonly config: MimiConfig;
  /** Samples of one frame: 1920 at 24 kHz and 12.5 Hz. */
  readonly frameSize: number;
  /** Streams that `encodeBatch` takes at most. */
  readonly slots: number;
  /** Codebook entries that are never chosen, because the file's numbers for them are not finite. */
  readonly unusableCodes?: number;
  open(): MimiStream;
  /** Encodes a frame of each of several different streams; reads shared weights once for all of them. */
  encodeBatch(streams: readonly MimiStream[], frames: readonly Float32Array[]): void;
  dispose(): void;
}
