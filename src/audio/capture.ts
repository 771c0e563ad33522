/** From whatever a device plays into the graph to frames for the codec; everything the worklet does, without the worklet. */
import type { AudioMessage } from '../protocol/messages.js';
import { Framer } from './framer.js';
import { Meter, type Level } from './level.js';
import { averageChannels } from './mix.js';
import { Resampler } from './resampler.js';

/** What the codec hears, Hz. */
export const CODEC_RATE = 24_000;
/** Samples in one call of an AudioWorkletProcessor, until a call says otherwise. */
const RENDER_QUANTUM = 128;

/** Where a capture's results go. */
export interface CaptureSink {
  /** A frame or the end. A frame's buffer may be transferred. */
  message(message: AudioMessage): void;
  /** 12.5 times a second. */
  level(level: Level): void;
  /** Digital silence for more than 2 s began or ended. */
  silent(silent: boolean): void;
}

/** One stream: channels in at the device's rate, frames of 1 920 samples out at 24 kHz, then `end`, once. */
export class Capture {
  readonly #sink: CaptureSink;
  readonly #resampler: Resampler;
  readonly #framer: Framer;
  readonly #meter: Meter;
  #mono = new Float32Array(RENDER_QUANTUM);
  #state: 'running' | 'paused' | 'ended' = 'running';

  /** @param rate of the input, Hz */
  constructor(sink: CaptureSink, rate: number) {
    this.#sink = sink;
    this.#resampler = new Resampler(rate, CODEC_RATE);
    this.#framer = new Framer((index, pcm) => {
      sink.message({ type: 'frame', index, pcm });
    });
    this.#meter = new Meter(sink, rate);
  }

  /** Once true, nothing more is taken or said. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /**
   * Takes one block.
   *
   * @param channels each [n] f32; their number may change from call to call. No channel at all means that nothing plays
   *   into the graph, and counts as silence, so that the stream's clock keeps pace with the room's.
   */
  process(channels: readonly Float32Array[]): void {
    if (this.#state !== 'running') return;
    const length = channels[0]?.length ?? this.#mono.length;
    if (length !== this.#mono.length) this.#mono = new Float32Array(length);
    if (channels.length === 0) this.#mono.fill(0);
    else averageChannels(channels, this.#mono);
    this.#meter.push(this.#mono);
    this.#framer.push(this.#resampler.process(this.#mono));
  }

  /** Takes nothing until `resume`; what is said after that joins what was said before, and the clock stands still between. */
  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#meter.rest();
  }

  resume(): void {
    if (this.#state === 'paused') this.#state = 'running';
  }

  /** Says everything that was heard, pads the last frame with zeros, then says `end`. A second call does nothing. */
  end(): void {
    if (this.ended) return;
    this.#framer.push(this.#resampler.flush());
    this.#framer.end();
    this.#state = 'ended';
    this.#sink.message({ type: 'end' });
  }

  /** Ends without a word: nothing more is said on any channel. */
  abort(): void {
    this.#state = 'ended';
  }
}
