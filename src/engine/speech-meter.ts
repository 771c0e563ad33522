/** Detects speech by its level above the noise of the room. */

/** Decibels of full scale below which nothing counts as speech. */
const FAINTEST = -55;
/** Decibels above the noise. */
const ABOVE = 10;
/** Decibels a frame by which the noise estimate may rise. Slow, so that a sentence without a pause does not count as noise. */
const RISE = 0.1;
/** Digital silence is not the noise of a room. */
const QUIETEST = -70;

/** Tracks the noise level of one stream. A steady sound, however loud, becomes noise after a while. */
export class SpeechMeter {
  #noise = Number.POSITIVE_INFINITY;

  /** `pcm`: the next frame, f32 in −1 … 1. */
  isSpeech(pcm: Float32Array): boolean {
    let sum = 0;
    for (const x of pcm) sum += x * x;
    const level = Math.max(QUIETEST, 10 * Math.log10(sum / pcm.length));
    this.#noise = Math.min(level, this.#noise + RISE);
    return level > FAINTEST && level > this.#noise + ABOVE;
  }
}
