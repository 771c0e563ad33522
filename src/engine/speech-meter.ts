/** Detects speech by its level above the noise of the room. */

/** Decibels relative to full scale below which nothing counts as speech. */
const FAINTEST = -55;
/** Decibels by which speech exceeds the noise. */
const ABOVE = 10;
/** Decibels per frame by which the noise estimate may rise: slow, so that a sentence without pauses is not noise. */
const RISE = 0.1;
/** Lower bound of the level in decibels: digital silence is not room noise. */
const QUIETEST = -70;

/** Tracks the noise level of one stream. After a while a steady sound counts as noise, however loud. */
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
