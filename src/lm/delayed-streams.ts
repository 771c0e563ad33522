/** Runs the language model one frame behind the codec (`lag` alignment), and flushes its text delay with silence. */
import type { SttConfig } from '../model/config.js';
import type { LmStream } from './language-model.js';

/** The fewest frames of silence after the speech: the text delay, the frame of lag, and time to complete a last word. */
const MIN_FLUSH_FRAMES = 18;
/** Frames that a flush adds to the text delay for the last word to begin and end. */
const WORD_FRAMES = 12;

/** The alignment of an audio stream and its delayed text stream, in steps of one frame. */
export interface Alignment {
  /** Steps per second of audio. */
  readonly frameRate: number;
  /** Delay of the text behind the audio. */
  readonly delaySteps: number;
  /** Frames of encoded silence before the speech. */
  readonly prefixSteps: number;
  /** The fewest frames of encoded silence after the speech. */
  readonly minFlush: number;
  /** The most, while a word stays open. */
  readonly maxFlush: number;
}

/** The alignment that a model was trained with, from its config. */
export function alignmentOf(config: SttConfig): Alignment {
  const { frameRate } = config.mimi;
  const delaySteps = Math.floor(config.lm.audioDelaySeconds * frameRate);
  const minFlush = Math.max(MIN_FLUSH_FRAMES, delaySteps + WORD_FRAMES);
  return {
    frameRate,
    delaySteps,
    prefixSteps: Math.ceil(config.lm.silencePrefixSeconds * frameRate),
    minFlush,
    // A word that is open when the audio ends may need as long again. A model that never closes it (a known
    // fault) must not keep the stream from ending.
    maxFlush: minFlush + 2 * delaySteps + WORD_FRAMES,
  };
}

/** Receives `codes` [≥ nQ] u32, a view, and `ms` of wall clock spent in the codec. */
export type Coded = (codes: Uint32Array, ms: number) => void;

/** The codec for this layer: calls `coded` with the codes of `pcm` [frameSize] f32, now or later, in the order of frames. */
export type Encode = (pcm: Float32Array, coded: Coded) => void;

/**
 * One stream through codec and language model. Step 0 feeds the initial tokens; step k ≥ 1 feeds the codes
 * of frame k − 1 as soon as they exist. The model's results go to the sink that its LmStream was opened with.
 */
export class DelayedStreams {
  /** Milliseconds of wall clock spent in the codec. */
  mimiMs = 0;
  /** Milliseconds spent in the language model's `push`; the caller of the model's `flush` adds this stream's share. */
  lmMs = 0;

  readonly alignment: Alignment;
  readonly #encode: Encode;
  readonly #lm: LmStream;
  /** [nQ]: the language model may know fewer codebooks than the codec computes. */
  readonly #codes: Uint32Array;
  readonly #silence: Float32Array;
  /** [keep, nQ]: the codes of the latest frames, frame i in row i mod keep. */
  readonly #kept: Uint32Array;
  readonly #keep: number;
  #frames = 0;
  #replaying = 0;
  #stepsBefore = 0;
  #started = false;
  #flushed = 0;

  /** @param keep number of latest frames whose codes are kept for `replay` */
  constructor(encode: Encode, lm: LmStream, config: SttConfig, frameSize: number, keep = 0) {
    this.#keep = keep;
    this.#kept = new Uint32Array(keep * config.lm.nQ);
    this.alignment = alignmentOf(config);
    this.#encode = encode;
    this.#lm = lm;
    this.#codes = new Uint32Array(config.lm.nQ);
    this.#silence = new Float32Array(frameSize);
  }

  /** Steps pushed, including those before a `restart`. */
  get steps(): number {
    return this.#stepsBefore + this.#lm.steps;
  }

  /** Kept frames that `replay` has still to feed. */
  get replaying(): number {
    return this.#replaying;
  }

  /** How many of the latest `count` frames `restart` can replay. No frame may be waiting for the codec. */
  replayable(count: number): number {
    return Math.min(count, this.#keep, this.#frames);
  }

  /**
   * Resets the language model to continue from `count` frames ago, at most as many as are `replayable`: call `replay` as
   * many times before the next `push`. No silence precedes them, and the codec is not reset.
   */
  restart(count: number): void {
    this.#stepsBefore += this.#lm.steps;
    this.#lm.reset();
    this.#replaying = count;
    this.#step(null);
  }

  /** Feeds the model the next kept frame again. */
  replay(): void {
    const { length } = this.#codes;
    const at = this.#row(this.#frames - this.#replaying--);
    this.#step(this.#kept.subarray(at, at + length));
  }

  /** Feeds step 0 and the silence that the model needs before speech. `push` and `flush` call it if necessary. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#step(null);
    for (let frame = 0; frame < this.alignment.prefixSteps; frame++) this.#frame(this.#silence);
  }

  /** Feeds one frame of audio, [frameSize] f32: one step. */
  push(pcm: Float32Array): void {
    this.start();
    this.#frame(pcm);
  }

  /** Whether `flush` has been called: the audio has ended. */
  get flushing(): boolean {
    return this.#flushed > 0;
  }

  /**
   * Feeds one frame of silence to flush the delayed words; call it until `flushed`, as fast as the machine allows.
   * Silence is encoded zeros, as of a quiet room: codes of zero would be a sound.
   */
  flush(): void {
    this.start();
    this.#flushed++;
    this.#frame(this.#silence);
  }

  /** Whether the stream is flushed. `wordOpen`: all results have arrived, and the last leaves a word unfinished. */
  flushed(wordOpen: boolean): boolean {
    const { minFlush, maxFlush } = this.alignment;
    return this.#flushed >= maxFlush || (this.#flushed >= minFlush && !wordOpen);
  }

  #frame(pcm: Float32Array): void {
    this.#encode(pcm, this.#coded);
  }

  readonly #coded: Coded = (codes, ms) => {
    for (let q = 0; q < this.#codes.length; q++) this.#codes[q] = codes[q] ?? 0;
    if (this.#keep > 0) this.#kept.set(this.#codes, this.#row(this.#frames));
    this.#frames++;
    this.mimiMs += ms;
    this.#step(this.#codes);
  };

  #row(frame: number): number {
    return (frame % this.#keep) * this.#codes.length;
  }

  #step(codes: Uint32Array | null): void {
    const began = performance.now();
    this.#lm.push(codes);
    this.lmMs += performance.now() - began;
  }
}
