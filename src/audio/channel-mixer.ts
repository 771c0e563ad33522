/** Mixes channels down to mono without losing speech: cancelled, silent and surround channels. Runs on the audio thread. */
import { surroundWeights } from './channel-weights.js';

/** Seconds of audio that each decision looks at. */
const WINDOW = 0.02;
/** Windows that the slow averages span: half a second of sound. */
const MEMORY = 25;
/** Windows of sound before the slow averages count: 0.24 s. */
const EVIDENCE = 12;
/** Consecutive windows that decide at once: 40 ms. */
const AT_ONCE = 2;
/** Mean square below which a window is silent and decides nothing: −70 dB of full scale. */
const SILENCE = 1e-7;

/** The mix has cancelled out if its energy is below that of the loudest channel by 10 dB for a while, or by 15 dB at once. */
const CANCELLED = 0.1;
const CANCELLED_AT_ONCE = 0.03;
/** It no longer has above −7 dB. Uncorrelated channels give −3 dB, a single one of a pair −6 dB. */
const RESTORED = 0.2;
/** A channel is silent 30 dB below the loudest one, and no longer above −20 dB. */
const SILENT = 1e-3;
const AUDIBLE = 1e-2;
/** Another channel replaces the chosen one if it is 6 dB louder for a while, or 20 dB at once. */
const LOUDER = 4;
const LOUDER_AT_ONCE = 100;

/** Seconds in which a gain moves by 1: fast enough for the start of a word, slow enough not to click. */
const FADE = 0.02;
/** Seconds in which the limiter of surround mixes recovers. */
const RELEASE = 0.2;

/**
 * Mixes one layout of channels to mono, with no delay. The mix is
 *
 * - the mean of the channels, as long as nothing below applies: it cannot clip
 * - for surround, the sum weighted by ITU-R BS.775, limited to full scale
 * - where the channels cancel each other, as with one wired upside down: the loudest channel
 * - where channels are silent: their share goes to the others, so that half a pair is as loud as a mono recording. They
 *   stay in the mix, so a second speaker's first syllable is not lost.
 *
 * Gains fade between these. The result depends on the samples only, not on how they are cut into blocks.
 *
 * test  test/unit/audio/channel-mixer.test.ts
 */
export class ChannelMixer {
  /** Samples in a window. */
  readonly window: number;
  readonly #count: number;
  readonly #surround: readonly number[] | null;
  readonly #step: number; // of a gain, per sample
  readonly #release: number; // of the limiter, per sample

  readonly #weights: Float64Array; // of the mix, were no channel chosen
  readonly #gains: Float64Array; // applied now
  readonly #targets: Float64Array; // where the gains are going
  #chosen = -1; // the channel that replaces a cancelled mix
  #limit = 1;

  #seen = 0; // samples of the window
  readonly #energy: Float64Array; // of the window, by channel
  #mixEnergy = 0;
  readonly #average: Float64Array; // of the energies, by channel
  #mixAverage = 0;
  #audible = 0; // windows that were not silent
  #cancelledFor = 0; // windows
  #louderFor = 0; // windows
  readonly #silent: Uint8Array; // by channel: 1 while it is silent

  /**
   * @param rate Hz
   * @param layout WAVE's channel mask; 0 if the channels have no known places
   */
  constructor(rate: number, channels: number, layout = 0) {
    this.window = Math.max(1, Math.round(rate * WINDOW));
    this.#count = channels;
    this.#surround = surroundWeights(layout, channels);
    this.#step = 1 / (rate * FADE);
    this.#release = 1 / (rate * RELEASE);
    this.#weights = Float64Array.from(
      this.#surround ?? { length: channels },
      (weight) => (weight as number | undefined) ?? 1 / channels,
    );
    this.#gains = this.#weights.slice();
    this.#targets = this.#weights.slice();
    this.#energy = new Float64Array(channels);
    this.#average = new Float64Array(channels);
    this.#silent = new Uint8Array(channels);
  }

  /**
   * Mixes one block.
   *
   * @param channels each [n] f32, as many as the constructor was given. Non-finite samples give a non-finite mix.
   * @param mono [≥ n] f32
   */
  process(channels: readonly Float32Array[], mono: Float32Array): void {
    const length = channels[0]?.length ?? 0;
    for (let from = 0; from < length;) {
      const to = Math.min(length, from + this.window - this.#seen);
      this.render(channels, mono, from, to);
      this.analyse(channels, from, to);
      from = to;
    }
  }

  /** Looks at samples that follow those analysed so far; at most to the end of a window. */
  analyse(channels: readonly Float32Array[], from: number, to: number): void {
    if (this.#count === 1) return;
    for (let i = from; i < to; i++) {
      let mix = 0;
      for (let c = 0; c < this.#count; c++) {
        const sample = channels[c]?.[i] ?? 0;
        if (!Number.isFinite(sample)) continue;
        const weight = this.#weights[c] ?? 0;
        mix += weight * sample;
        // A channel that is never mixed, the one of low frequencies, is never chosen either.
        if (weight !== 0) this.#energy[c] = (this.#energy[c] ?? 0) + sample * sample;
      }
      this.#mixEnergy += mix * mix;
    }
    this.#seen += to - from;
    if (this.#seen === this.window) this.#decide();
  }

  /** Writes the mix of samples `from` … `to` with the gains decided so far. */
  render(channels: readonly Float32Array[], mono: Float32Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      let mix = 0;
      for (let c = 0; c < this.#count; c++) {
        const gain = this.#gain(c);
        if (gain !== 0) mix += gain * (channels[c]?.[i] ?? 0);
      }
      mono[i] = this.#surround ? this.#limited(mix) : mix;
    }
  }

  /** Applies the decisions so far without a fade; for the start of a recording. */
  settle(): void {
    this.#gains.set(this.#targets);
  }

  /** The gain of channel `c`, a step closer to its target. */
  #gain(c: number): number {
    const gain = this.#gains[c] ?? 0;
    const target = this.#targets[c] ?? 0;
    if (gain === target) return gain;
    const next = gain < target ? Math.min(target, gain + this.#step) : Math.max(target, gain - this.#step);
    this.#gains[c] = next;
    return next;
  }

  #limited(mix: number): number {
    const size = Math.abs(mix);
    this.#limit += (1 - this.#limit) * this.#release;
    if (size * this.#limit > 1) this.#limit = 1 / size;
    return mix * this.#limit;
  }

  /** Ends a window: updates the averages and sets the targets. */
  #decide(): void {
    const loudest = indexOfLargest(this.#energy);
    if ((this.#energy[loudest] ?? 0) >= SILENCE * this.window) {
      this.#update(loudest);
      this.#choose(loudest);
      if (!this.#surround) this.#shareAmongAudible();
      for (let c = 0; c < this.#count; c++) {
        this.#targets[c] = this.#chosen < 0 ? (this.#weights[c] ?? 0) : c === this.#chosen ? 1 : 0;
      }
    }
    this.#seen = this.#mixEnergy = 0;
    this.#energy.fill(0);
  }

  #update(loudest: number): void {
    this.#audible++;
    const share = Math.max(1 / MEMORY, 1 / this.#audible);
    for (let c = 0; c < this.#count; c++) {
      const average = this.#average[c] ?? 0;
      this.#average[c] = average + ((this.#energy[c] ?? 0) - average) * share;
    }
    this.#mixAverage += (this.#mixEnergy - this.#mixAverage) * share;
    const largest = this.#energy[loudest] ?? 0;
    // A hum that cancels itself in a pause says nothing about the speech.
    const counts = largest > AUDIBLE * (this.#average[indexOfLargest(this.#average)] ?? 0);
    this.#cancelledFor = counts && this.#mixEnergy < CANCELLED_AT_ONCE * largest ? this.#cancelledFor + 1 : 0;
    const chosen = this.#energy[this.#chosen] ?? largest;
    this.#louderFor = largest > LOUDER_AT_ONCE * chosen ? this.#louderFor + 1 : 0;
  }

  /** @param loudest channel of the window */
  #choose(loudest: number): void {
    const steady = indexOfLargest(this.#average);
    const average = this.#average[steady] ?? 0;
    const isKnown = this.#audible >= EVIDENCE;
    if (this.#chosen < 0) {
      if (this.#cancelledFor >= AT_ONCE) {
        this.#chosen = loudest;
        this.#mixAverage = this.#mixEnergy; // what was before no longer counts
      } else if (isKnown && this.#mixAverage < CANCELLED * average) this.#chosen = steady;
    } else if (isKnown && this.#mixAverage > RESTORED * average) this.#chosen = -1;
    else if (this.#louderFor >= AT_ONCE) this.#chosen = loudest;
    else if (average > LOUDER * (this.#average[this.#chosen] ?? 0)) this.#chosen = steady;
  }

  #shareAmongAudible(): void {
    if (this.#audible < EVIDENCE) return;
    const loudest = this.#average[indexOfLargest(this.#average)] ?? 0;
    let audible = 0;
    for (let c = 0; c < this.#count; c++) {
      const average = this.#average[c] ?? 0;
      if (average < SILENT * loudest) this.#silent[c] = 1;
      else if (average > AUDIBLE * loudest) this.#silent[c] = 0;
      if (this.#silent[c] === 0) audible++;
    }
    const [before, weight] = [this.#weights[0] ?? 0, 1 / Math.max(1, audible)];
    if (weight === before) return;
    this.#weights.fill(weight);
    this.#mixAverage *= (weight / before) ** 2;
  }
}

/** The last one of equals. */
function indexOfLargest(values: Float64Array): number {
  let largest = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) >= (values[largest] ?? 0)) largest = i;
  return largest;
}
