/** Mixes the channels of a recording down to mono, knowing half a second of what follows. */
import { ChannelMixer } from './channel-mixer.js';
import { joined } from './joined.js';

/** Windows of the mixer that are known before one is mixed: as many as its slowest decision takes. */
const LOOKAHEAD = 25;

/**
 * A `ChannelMixer` for sound that is not live: its output is delayed by half a second, so the first syllable of a recording
 * with a channel upside down is not lost. Mono passes through at once.
 */
export class LookaheadMixer {
  readonly #rate: number;
  #mixer: ChannelMixer | null = null;
  #layout = 0;
  #count = 0;
  /** The windows that were analysed and not yet mixed, and after them the one that is being filled. */
  #windows: Float32Array[][] = [];
  #filled = 0; // samples of the last window
  #started = false;

  constructor(rate: number) {
    this.#rate = rate;
  }

  /**
   * @param channels each [n] f32; only read
   * @param layout WAVE's channel mask; 0 if unknown
   * @returns the mix that is ready, [m] f32
   */
  process(channels: readonly Float32Array[], layout = 0): Float32Array {
    const [first] = channels;
    if (!first) return new Float32Array(0);
    const rest =
      channels.length !== this.#count || layout !== this.#layout ? this.#restart(channels.length, layout) : [];
    if (!this.#mixer) return joined([...rest, first]);
    return joined([...rest, ...this.#push(this.#mixer, channels, first.length)]);
  }

  /** The rest of the mix. */
  flush(): Float32Array {
    return joined(this.#restart(0, 0));
  }

  #push(mixer: ChannelMixer, channels: readonly Float32Array[], length: number): Float32Array[] {
    const ready: Float32Array[] = [];
    for (let from = 0; from < length;) {
      const last = this.#windows[this.#windows.length - 1];
      const current = last && this.#filled < mixer.window ? last : this.#open(mixer.window);
      const count = Math.min(length - from, mixer.window - this.#filled);
      current.forEach((samples, c) => {
        const channel = channels[c];
        if (channel) samples.set(channel.subarray(from, from + count), this.#filled);
      });
      mixer.analyse(current, this.#filled, this.#filled + count);
      this.#filled += count;
      from += count;
      if (this.#filled < mixer.window || this.#windows.length <= LOOKAHEAD) continue;
      const oldest = this.#windows.shift();
      if (oldest) ready.push(this.#mix(mixer, oldest, mixer.window));
    }
    return ready;
  }

  #open(length: number): Float32Array[] {
    const window = Array.from({ length: this.#count }, () => new Float32Array(length));
    this.#windows.push(window);
    this.#filled = 0;
    return window;
  }

  #mix(mixer: ChannelMixer, window: readonly Float32Array[], length: number): Float32Array {
    if (!this.#started) mixer.settle();
    this.#started = true;
    const mono = new Float32Array(length);
    mixer.render(window, mono, 0, length);
    return mono;
  }

  /** Mixes what waits and prepares for other channels. */
  #restart(count: number, layout: number): Float32Array[] {
    const mixer = this.#mixer;
    const last = this.#windows.length - 1;
    const rest = mixer
      ? this.#windows.map((window, i) => this.#mix(mixer, window, i === last ? this.#filled : mixer.window))
      : [];
    this.#mixer = count > 1 ? new ChannelMixer(this.#rate, count, layout) : null;
    this.#count = count;
    this.#layout = layout;
    this.#windows = [];
    this.#filled = 0;
    this.#started = false;
    return rest;
  }
}
