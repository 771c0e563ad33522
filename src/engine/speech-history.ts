/** Remembers which of the latest frames of a stream are speech, by their level and by the model's pause heads. */
import type { SpeechTrack } from '../text/words.js';
import { SpeechMeter } from './speech-meter.js';

/** Frames remembered, 82 s: more than the longest replay. */
const KEPT = 1024;
/** Above this, the head of the shortest pause (0.5 s) says that the speaker is silent. */
const PAUSE = 0.5;

export class SpeechHistory implements SpeechTrack {
  frames = 0;
  heard = false;
  readonly #meter = new SpeechMeter();
  /** Frame i at i mod KEPT: 1 for speech. */
  readonly #speech = new Uint8Array(KEPT);

  /** Adds the next frame, f32 in −1 … 1. */
  frame(pcm: Float32Array): void {
    const isSpeech = this.#meter.isSpeech(pcm);
    this.heard ||= isSpeech;
    this.#speech[this.frames++ % KEPT] = isSpeech ? 1 : 0;
  }

  /** Adds what the model says about a frame: `pause` is the probability that the speaker is silent from then on. */
  paused(frame: number, pause: number): void {
    if (pause > PAUSE && this.#has(frame)) this.#speech[frame % KEPT] = 0;
  }

  isSpeech(frame: number): boolean {
    return this.#has(frame) && this.#speech[frame % KEPT] === 1;
  }

  #has(frame: number): boolean {
    return frame >= 0 && frame < this.frames && frame >= this.frames - KEPT;
  }
}
