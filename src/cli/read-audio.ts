/** Reads an audio file into mono samples at the model's rate. */
import { readFile } from 'node:fs/promises';
import { Resampler } from '../audio/resampler.js';
import { SttError } from '../errors.js';
import { decodeAudio, type MonoAudio } from './decode-audio.js';

/** The file's samples, [n] f32 at `sampleRate` Hz. Throws `audio-invalid` naming the file and what was found. */
export async function readAudio(path: string, sampleRate: number): Promise<Float32Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw SttError.from(cause, `${path} cannot be read`, 'audio-invalid');
  });
  return resample(await decodeAudio(bytes, path), sampleRate, path);
}

/** `audio` at `sampleRate` Hz; unchanged if it already has that rate. */
export function resample(audio: MonoAudio, sampleRate: number, name: string): Float32Array {
  if (audio.sampleRate === sampleRate) return audio.samples;
  try {
    const resampler = new Resampler(audio.sampleRate, sampleRate);
    // `process` returns a view that the next call overwrites.
    const [head, tail] = [resampler.process(audio.samples).slice(), resampler.flush()];
    const samples = new Float32Array(head.length + tail.length);
    samples.set(head);
    samples.set(tail, head.length);
    return samples;
  } catch (cause) {
    throw new SttError('audio-invalid', `${name}: ${audio.sampleRate} Hz cannot be resampled to ${sampleRate} Hz`, {
      cause,
    });
  }
}
