/** Reads a WAV file's samples: the wavefile package parses, this file scales to −1 … 1. */
import wavefile from 'wavefile';
import { SttError } from '../errors.js';

export interface DecodedAudio {
  /** One [samples] f32 per channel, all of one length, −1 … 1. */
  readonly channels: readonly Float32Array[];
  /** Hz. */
  readonly sampleRate: number;
}

/** The fields of the `fmt ` chunk read here; the package types the chunk as a plain object. */
interface Format {
  readonly numChannels: number;
  readonly sampleRate: number;
  readonly audioFormat: number;
  /** The first u32 of an extensible format's identifier is the real format. */
  readonly subformat: readonly number[];
}

type Samples = Float32Array | Float64Array | Int32Array;

const EXTENSIBLE = 0xfffe;
const IEEE_FLOAT = 3;
/** Chunk names as big-endian words. */
const RIFF = 0x52494646;
const DATA = 0x64617461;

/** Full scale and zero of each integer depth: `sample / 32768` for 16 bits, with no rounding. */
const INTEGER_SCALES: Readonly<Record<string, readonly [zero: number, full: number]>> = {
  8: [128, 2 ** 7],
  16: [0, 2 ** 15],
  24: [0, 2 ** 23],
  32: [0, 2 ** 31],
};

/**
 * PCM of 8 to 32 bits, float, A-law, µ-law and IMA ADPCM. A truncated file, as after a power loss of the recorder,
 * gives the samples it has. Throws `audio-invalid` naming the file and what was found.
 */
export function readWav(bytes: Uint8Array, name: string): DecodedAudio {
  const wav = parse(bytes, name);
  const format = wav.fmt as Format;
  const { numChannels, sampleRate } = format;
  if (!(numChannels > 0))
    throw new SttError('audio-invalid', `${name}: WAV with ${numChannels} channels, expected at least 1`);
  const float =
    format.audioFormat === IEEE_FLOAT || (format.audioFormat === EXTENSIBLE && format.subformat[0] === IEEE_FLOAT);
  const depth = Number.parseInt(wav.bitDepth, 10);
  // Only these hold every value of the depth: an f32 would round a 32-bit word that stands for a float.
  const Store = depth === 64 ? Float64Array : depth === 32 && !wav.bitDepth.endsWith('f') ? Int32Array : Float32Array;
  const read = wav.getSamples(false, Store) as unknown as Samples | Samples[];
  const channels = Array.isArray(read) ? read : [read];
  return { channels: channels.map((samples) => scale(samples, float, wav.bitDepth, name)), sampleRate };
}

/** Writes the lengths that a recorder left at zero when it lost power: everything after the `data` header is samples. */
function withLength(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 12; at + 8 < bytes.length; at += 8 + view.getUint32(at + 4, true)) {
    if (view.getUint32(at) !== DATA) continue;
    const unwritten = view.getUint32(at + 4, true) === 0 && view.getUint32(4, true) <= at;
    if (!unwritten || view.getUint32(0) !== RIFF) return bytes;
    const repaired = bytes.slice();
    const repairedView = new DataView(repaired.buffer);
    repairedView.setUint32(4, bytes.length - 8, true);
    repairedView.setUint32(at + 4, bytes.length - at - 8, true);
    return repaired;
  }
  return bytes;
}

function parse(bytes: Uint8Array, name: string): wavefile.WaveFile {
  const wav = new wavefile.WaveFile();
  try {
    wav.fromBuffer(withLength(bytes));
    if (wav.bitDepth === '8a') wav.fromALaw();
    else if (wav.bitDepth === '8m') wav.fromMuLaw();
    else if (wav.bitDepth === '4') wav.fromIMAADPCM();
  } catch (cause) {
    throw SttError.from(cause, `${name}: not a readable WAV file (${bytes.byteLength} bytes)`, 'audio-invalid');
  }
  return wav;
}

function scale(samples: Samples, float: boolean, bitDepth: string, name: string): Float32Array {
  if (float) {
    // The package reads an extensible 32-bit float file as integers: the bits are the float's.
    return samples instanceof Int32Array ? new Float32Array(samples.buffer) : Float32Array.from(samples);
  }
  const [zero, full] = INTEGER_SCALES[bitDepth] ?? [];
  if (zero === undefined || full === undefined) {
    throw new SttError('audio-invalid', `${name}: WAV of ${bitDepth} bits, expected 8, 16, 24, 32 or float`);
  }
  return Float32Array.from(samples, (sample) => (sample - zero) / full);
}
