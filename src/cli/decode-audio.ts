/** Decodes an audio file's bytes in Node: WAV, MP3, FLAC, Ogg Vorbis and Ogg Opus, detected by their first bytes. */
import decodeFlac from '@audio/decode-flac';
import decodeMp3 from '@audio/decode-mp3';
import decodeOpus from '@audio/decode-opus';
import decodeVorbis from '@audio/decode-vorbis';
import { SttError } from '../errors.js';
import { readWav, type DecodedAudio } from './wav.js';

export interface MonoAudio {
  /** [samples] f32, −1 … 1: the mean of the channels. */
  readonly samples: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

type Decoder = (bytes: Uint8Array, name: string) => DecodedAudio | Promise<DecodedAudio>;

interface Format {
  readonly name: string;
  readonly matches: (bytes: Uint8Array) => boolean;
  readonly decode: Decoder;
}

const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  Array.from(text).every((character, i) => bytes[at + i] === character.charCodeAt(0));

/** The first page of an Ogg file holds one packet, at byte 28, whose start names the codec. */
const FIRST_OGG_PACKET = 28;
const ogg = (bytes: Uint8Array, codec: string): boolean =>
  startsWith(bytes, 'OggS') && startsWith(bytes, codec, FIRST_OGG_PACKET);

const FORMATS: readonly Format[] = [
  { name: 'WAV', matches: (bytes) => ['RIFF', 'RIFX', 'RF64'].some((id) => startsWith(bytes, id)), decode: readWav },
  { name: 'FLAC', matches: (bytes) => startsWith(bytes, 'fLaC') || ogg(bytes, '\x7fFLAC'), decode: by(decodeFlac) },
  { name: 'Ogg Vorbis', matches: (bytes) => ogg(bytes, '\x01vorbis'), decode: by(decodeVorbis) },
  { name: 'Ogg Opus', matches: (bytes) => ogg(bytes, 'OpusHead'), decode: by(decodeOpus) },
  { name: 'MP3', matches: isMp3, decode: by(decodeMp3) },
];

/** Any file of the formats above, mixed to one channel. Throws `audio-invalid` naming the file and what was found. */
export async function decodeAudio(bytes: Uint8Array, name: string): Promise<MonoAudio> {
  if (bytes.byteLength === 0) throw new SttError('audio-invalid', `${name} is empty (0 bytes)`);
  const format = FORMATS.find(({ matches }) => matches(bytes));
  if (!format) {
    const names = FORMATS.map((each) => each.name).join(', ');
    throw new SttError('audio-invalid', `${name} begins with ${firstBytes(bytes)}, expected one of ${names}`);
  }
  return decode(format, bytes, name);
}

/** A WAV file, mixed to one channel; 16-bit mono samples are exactly `sample / 32768`. */
export async function decodeWav(bytes: Uint8Array, name: string): Promise<MonoAudio> {
  return decode({ name: 'WAV', matches: () => true, decode: readWav }, bytes, name);
}

async function decode(format: Format, bytes: Uint8Array, name: string): Promise<MonoAudio> {
  try {
    const { channels, sampleRate } = await format.decode(bytes, name);
    const samples = mix(channels);
    if (samples.length === 0) {
      throw new SttError('audio-invalid', `${name} (${format.name}, ${bytes.byteLength} bytes) has 0 samples`);
    }
    return { samples, sampleRate };
  } catch (cause) {
    throw SttError.from(
      cause,
      `${name}: not a readable ${format.name} file (${bytes.byteLength} bytes)`,
      'audio-invalid',
    );
  }
}

function mix(channels: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0), ...others] = channels;
  if (others.length === 0) return first;
  return first.map((sample, i) => others.reduce((sum, channel) => sum + (channel[i] ?? 0), sample) / channels.length);
}

/** The common interface of the four decoders of compressed formats. */
type Library = (bytes: Uint8Array) => Promise<{ readonly channelData: Float32Array[]; readonly sampleRate: number }>;

function by(library: Library): Decoder {
  return async (bytes) => {
    const { channelData, sampleRate } = await library(bytes);
    return { channels: channelData, sampleRate };
  };
}

/** An ID3 tag, or the eleven set bits of a frame's header with a layer that exists. */
function isMp3(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  return startsWith(bytes, 'ID3') || (first === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0);
}

function firstBytes(bytes: Uint8Array): string {
  const head = bytes.subarray(0, 8);
  const printable = head.every((byte) => byte >= 0x20 && byte < 0x7f);
  if (printable) return `"${String.fromCharCode(...head)}"`;
  return `bytes ${Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}
