/** Reads audio files as mono samples at the model's rate, piece by piece. */
import { joined } from '../audio/joined.js';
import { LookaheadMixer } from '../audio/lookahead-mixer.js';
import { Resampler } from '../audio/resampler.js';
import { SttError } from '../errors.js';
import { fileBytes, type AudioBytes } from './audio/audio-bytes.js';
import { decodeBlocks, type AudioBlock } from './audio/decode-blocks.js';

/**
 * The samples of a file of any length, in pieces [n] f32 of some seconds at most. Reads no further than the caller asks, and
 * closes `input` in every case.
 *
 * @throws SttError `audio-invalid` naming the file and what was found
 */
export async function* streamAudio(
  input: AudioBytes,
  sampleRate: number,
): AsyncGenerator<Float32Array, void, undefined> {
  let converter: Converter | undefined;
  for await (const block of decodeBlocks(input)) {
    if (converter?.rate !== block.sampleRate) {
      if (converter) yield* converter.flush();
      converter = new Converter(block.sampleRate, sampleRate, input.name);
    }
    yield* converter.process(block);
  }
  if (converter) yield* converter.flush();
}

/** All samples of a file, [n] f32 at `sampleRate` Hz. */
export async function readAudio(path: string, sampleRate: number): Promise<Float32Array> {
  return collect(streamAudio(await fileBytes(path), sampleRate));
}

/** Joins the pieces of a stream. */
export async function collect(pieces: AsyncIterable<Float32Array>): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return joined(parts);
}

/** Mixes and resamples blocks of one rate. */
class Converter {
  readonly rate: number;
  readonly #mixer: LookaheadMixer;
  readonly #resampler: Resampler;

  constructor(rate: number, sampleRate: number, name: string) {
    this.rate = rate;
    this.#mixer = new LookaheadMixer(rate);
    try {
      this.#resampler = new Resampler(rate, sampleRate);
    } catch (cause) {
      throw new SttError('audio-invalid', `${name}: ${rate} Hz cannot be resampled to ${sampleRate} Hz`, { cause });
    }
  }

  *process({ channels, layout }: AudioBlock): Generator<Float32Array> {
    yield* this.#resample(this.#mixer.process(channels, layout));
  }

  *flush(): Generator<Float32Array> {
    yield* this.#resample(this.#mixer.flush());
    const rest = this.#resampler.flush();
    if (rest.length > 0) yield rest.slice();
  }

  *#resample(mono: Float32Array): Generator<Float32Array> {
    if (mono.length === 0) return;
    const resampled = this.#resampler.process(mono);
    // The resampler's output is overwritten by its next; at equal rates it is `mono` itself.
    if (resampled.length > 0) yield resampled === mono ? mono : resampled.slice();
  }
}
