/** Rejects invalid audio and model results early, before their effects spread. */
import { SttError } from '../errors.js';
import type { LmResult } from '../lm/language-model.js';

/** Throws `model-invalid` for invalid probabilities: a network that overflowed would still produce words and turns. */
export function checkResult({ step, token, probability, pause }: LmResult): void {
  // The likeliest of V tokens has at least 1/V.
  checkProbability(probability, Number.MIN_VALUE, `step ${step}: the probability of token ${token}`);
  for (let i = 0; i < pause.length; i++) checkProbability(pause[i] ?? NaN, 0, `step ${step}: pause head ${i}`);
}

function checkProbability(value: number, least: number, what: string): void {
  if (value >= least && value <= 1) return;
  throw new SttError('model-invalid', `${what} is ${value}, expected ${least > 0 ? 'above 0' : '0'} to 1`);
}

/** Audio may overshoot ±1; larger samples are not audio, but for example 16-bit integers in a file of floats. */
const LOUDEST = 100;

/** Throws `audio-invalid`: one sample that overflows the codec would corrupt its state for the rest of the stream. */
export function checkSound(pcm: Float32Array, frame: number): void {
  for (let i = 0; i < pcm.length; i++) {
    if (Math.abs(pcm[i] ?? NaN) <= LOUDEST) continue;
    throw new SttError(
      'audio-invalid',
      `sample ${i} of frame ${frame} is ${pcm[i]}, expected -1 to 1 (${LOUDEST} at most)`,
    );
  }
}

/** Far above what sound gives; the squares of 512 such values are still far from the limit of a float. */
const LARGEST_LATENT = 1e6;

/** Throws `model-invalid`: a codec whose weights overflow would still yield codes, and the language model words. Takes 3 µs a frame. */
export function checkLatent(latent: Float32Array): void {
  for (let i = 0; i < latent.length; i++) {
    if (Math.abs(latent[i] ?? NaN) <= LARGEST_LATENT) continue;
    throw new SttError(
      'model-invalid',
      `the codec's weights overflow: value ${i} of the latent is ${latent[i]}, expected at most ±${LARGEST_LATENT}`,
    );
  }
}
