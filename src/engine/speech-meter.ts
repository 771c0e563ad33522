/** Whether a frame sounds like speech: well above the quiet between words, whatever the room's noise. */

/** Decibels of full scale below which nothing is taken for speech. */
const FAINTEST = -55;
/** Decibels above the noise. */
const ABOVE = 10;
/** Decibels a frame by which the noise may seem to grow. Slow, so that a sentence without a pause is not taken for noise. */
const RISE = 0.1;
/** Digital silence is not the noise of a room. */
const QUIETEST = -70;

/** Follows the noise of one stream. A steady sound, however loud, is noise after a while. */
export class SpeechMeter {
  #noise = Number.POSITIVE_INFINITY;

  /** `pcm`: the next frame, f32 in −1 … 1. */
  hears(pcm: Float32Array): boolean {
    let sum = 0;
    for (const x of pcm) sum += x * x;
    const level = Math.max(QUIETEST, 10 * Math.log10(sum / pcm.length));
    this.#noise = Math.min(level, this.#noise + RISE);
    return level > FAINTEST && level > this.#noise + ABOVE;
  }
}
