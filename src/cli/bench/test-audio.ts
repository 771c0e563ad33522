/** The default audio of the benchmark: hum and noise that rise and fall four times a second, as syllables do. */
import { RandomWords } from '../random-model/random-words.js';

const PITCH_HZ = 140;
const SYLLABLE_HZ = 4;
const LOUDNESS = 0.2;

/** [seconds · sampleRate] f32; the same every time. */
export function syllables(seconds: number, sampleRate: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * sampleRate));
  const words = new Uint32Array(samples.length);
  new RandomWords(0, 'sound').fill(words, words.length);
  for (let i = 0; i < samples.length; i++) {
    const time = i / sampleRate;
    const swell = Math.max(0, Math.sin(2 * Math.PI * SYLLABLE_HZ * time));
    const hum = Math.sin(2 * Math.PI * PITCH_HZ * time);
    const hiss = (words[i] ?? 0) / 2 ** 31 - 1;
    samples[i] = LOUDNESS * swell * (0.7 * hum + 0.3 * hiss);
  }
  return samples;
}
