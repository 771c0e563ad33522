/** Turns a device's channels into frames for the codec: everything the worklet does, testable without an audio thread. */
import type { AudioMessage } from '../protocol/messages.js';
import { Framer } from './framer.js';
import { Meter, type Level } from './level.js';
import { ChannelMixer } from './channel-mixer.js';
import { webAudioLayout } from './channel-weights.js';
import { zeroNonFinite } from './non-finite.js';
import { Resampler } from './resampler.js';

/** Sample rate of the codec, Hz. */
export const CODEC_RATE = 24_000;
/** Expected samples per call of an AudioWorkletProcessor. */
const RENDER_QUANTUM = 128;

/** Receives the results of a capture. */
export interface CaptureSink {
  /** A frame or the end. A frame's buffer may be transferred. */
  message(message: AudioMessage): void;
  /** 12.5 times per second. */
  level(level: Level): void;
  /** Digital silence of more than 2 s started or ended. */
  silent(silent: boolean): void;
}

/** One stream: channels in at the device's rate, frames of 1 920 samples out at 24 kHz, then `end`, once. */
export class Capture {
  readonly #sink: CaptureSink;
  readonly #rate: number;
  /** By number of channels: a graph's input goes to one silent channel and back. */
  readonly #mixers = new Map<number, ChannelMixer>();
  readonly #resampler: Resampler;
  readonly #framer: Framer;
  readonly #meter: Meter;
  #mono = new Float32Array(RENDER_QUANTUM);
  #state: 'running' | 'paused' | 'ended' = 'running';

  /** @param rate of the input, Hz */
  constructor(sink: CaptureSink, rate: number) {
    this.#sink = sink;
    this.#rate = rate;
    this.#resampler = new Resampler(rate, CODEC_RATE);
    this.#framer = new Framer((index, pcm) => {
      sink.message({ type: 'frame', index, pcm });
    });
    this.#meter = new Meter(sink, rate);
  }

  /** True after `end` or `abort`: input is ignored and the sink is not called any more. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /**
   * Processes one block.
   *
   * @param channels each [n] f32; their number may change from call to call. No channels mean that nothing plays into
   *   the graph; this counts as silence, so that the stream's clock keeps pace with real time.
   */
  process(channels: readonly Float32Array[]): void {
    if (this.#state !== 'running') return;
    const length = channels[0]?.length ?? this.#mono.length;
    if (length !== this.#mono.length) this.#mono = new Float32Array(length);
    if (channels.length === 0) this.#mono.fill(0);
    else this.#mixer(channels.length).process(channels, this.#mono);
    zeroNonFinite(this.#mono);
    this.#meter.push(this.#mono);
    this.#framer.push(this.#resampler.process(this.#mono));
  }

  #mixer(channels: number): ChannelMixer {
    let mixer = this.#mixers.get(channels);
    if (!mixer) {
      mixer = new ChannelMixer(this.#rate, channels, webAudioLayout(channels));
      this.#mixers.set(channels, mixer);
    }
    return mixer;
  }

  /** Ignores input until `resume`. The stream's clock stops meanwhile, so the audio before and after is joined. */
  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#meter.reset();
  }

  resume(): void {
    if (this.#state === 'paused') this.#state = 'running';
  }

  /** Emits the remaining audio, the last frame padded with zeros, then `end`. A second call does nothing. */
  end(): void {
    if (this.ended) return;
    this.#framer.push(this.#resampler.flush());
    this.#framer.end();
    this.#state = 'ended';
    this.#sink.message({ type: 'end' });
  }

  /** Ends without emitting anything more. */
  abort(): void {
    this.#state = 'ended';
  }
}
