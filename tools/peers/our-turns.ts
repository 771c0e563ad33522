/** Turns of our own language model and codec, the same in Node and in a page. */
import { syllables } from '../../src/cli/bench/test-audio.js';
import type { LanguageModel } from '../../src/lm/language-model.js';
import type { Mimi } from '../../src/mimi/mimi.js';

/** Seconds of audio before it repeats. */
const SOUND_SECONDS = 4;

/** `steps` steps of a stream that is reset each turn; the first, which embeds no codes, is not measured. */
export function stepTurn(lm: LanguageModel, steps: number): () => Promise<number[]> {
  let token = -1;
  const stream = lm.open((result) => (token = result.token));
  const codes = new Uint32Array(lm.config.nQ);
  return async () => {
    stream.reset();
    const took: number[] = [];
    for (let step = 0; step < steps; step++) {
      for (let q = 0; q < codes.length; q++) codes[q] = (step * 997 + q * 131) % lm.config.card;
      const began = performance.now();
      stream.push(step === 0 ? null : codes);
      lm.flush();
      if (step > 0) took.push(performance.now() - began);
    }
    await stream.settled();
    if (token < 0) throw new Error('no step gave a token');
    return took;
  };
}

/** `frames` frames of a stream that continues from turn to turn; its window is full before the first turn ends. */
export function mimiTurn(mimi: Mimi, frames: number): () => Promise<number[]> {
  const stream = mimi.open();
  const sound = syllables(SOUND_SECONDS, mimi.config.sampleRate);
  const inSound = sound.length / mimi.frameSize;
  let frame = 0;
  const encode = (): number => {
    const at = (frame++ % inSound) * mimi.frameSize;
    const began = performance.now();
    stream.encode(sound.subarray(at, at + mimi.frameSize));
    return performance.now() - began;
  };
  return () => {
    while (frame < mimi.config.transformer.context / mimi.config.downsampleStride) encode();
    return Promise.resolve(Array.from({ length: frames }, encode));
  };
}
