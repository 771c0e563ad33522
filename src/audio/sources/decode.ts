/** Decodes a recording to mono samples with the browser's decoder. */
import { SttError } from '../../errors.js';
import { webAudioLayout } from '../channel-weights.js';
import { LookaheadMixer } from '../lookahead-mixer.js';
import { zeroNonFinite } from '../non-finite.js';
import { isSwapped, unusualWav, wavRate } from '../wav-header.js';

/** Sample rates that every browser can decode to. */
const LOWEST_DECODER_RATE = 8_000; // Hz
const HIGHEST_DECODER_RATE = 96_000; // Hz
/** For files whose rate we cannot read. Nearly all compressed audio has at most this rate. */
const COMMON_RATE = 48_000; // Hz
/** Samples mixed at a time, so that little is held beside the recording. */
const MIXED_AT_ONCE = 65_536;

/** Decoded mono audio. */
export interface Recording {
  /** [n] f32, n > 0. */
  readonly samples: Float32Array;
  /** Hz. */
  readonly rate: number;
}

/**
 * Decodes every format the browser supports: WAV, MP3, OGG, FLAC, M4A … The result is held in memory as a whole, 4 bytes
 * per sample and channel.
 *
 * The decoder resamples to its context's rate with the browser's own filter, and Chromium's is short. So a WAV is decoded
 * at its own rate and everything else at 48 kHz: upsampling does not alias, and our resampler converts to 24 kHz.
 *
 * @param bytes detached afterwards
 * @param name for error messages
 * @throws SttError 'audio-invalid' with the file's name and length
 */
export async function decodeRecording(bytes: ArrayBuffer, name: string): Promise<Recording> {
  const decoded = await decodeAudio(bytes, name);
  return { samples: mixDown(decoded), rate: decoded.sampleRate };
}

/** The same with its channels. */
export async function decodeAudio(bytes: ArrayBuffer, name: string): Promise<AudioBuffer> {
  const length = bytes.byteLength;
  if (length === 0) throw new SttError('audio-invalid', `${name} is empty: 0 bytes`, { fault: 'empty' });
  const unusual = unusualWav(bytes);
  const convert = 'convert it first: `ffmpeg -i IN -ar 24000 OUT.wav`';
  if (isSwapped(bytes))
    throw new SttError('audio-invalid', `${name} is ${unusual}, which browsers misread; ${convert}`, {
      fault: 'unsupported',
    });
  const context = new OfflineAudioContext(1, 1, decoderRate(wavRate(bytes)));
  let decoded: AudioBuffer;
  try {
    decoded = await context.decodeAudioData(bytes);
  } catch (cause) {
    const what = unusual === null ? `its ${length} bytes` : `${unusual}; ${convert}`;
    const fault = unusual === null ? 'undecodable' : 'unsupported';
    throw SttError.from(cause, `${name}: this browser cannot decode ${what}`, 'audio-invalid', fault);
  }
  if (decoded.length === 0)
    throw new SttError('audio-invalid', `${name} contains no samples (${length} bytes)`, { fault: 'no-samples' });
  return decoded;
}

function mixDown(decoded: AudioBuffer): Float32Array {
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) => decoded.getChannelData(channel));
  const mixer = new LookaheadMixer(decoded.sampleRate);
  const samples = new Float32Array(decoded.length);
  let at = 0;
  const add = (mono: Float32Array): void => {
    samples.set(mono, at);
    at += mono.length;
  };
  for (let from = 0; from < decoded.length; from += MIXED_AT_ONCE) {
    const piece = channels.map((channel) => channel.subarray(from, from + MIXED_AT_ONCE));
    add(mixer.process(piece, webAudioLayout(channels.length)));
  }
  add(mixer.flush());
  zeroNonFinite(samples);
  return samples;
}

function decoderRate(fileRate: number | null): number {
  if (fileRate === null) return COMMON_RATE;
  return fileRate >= LOWEST_DECODER_RATE && fileRate <= HIGHEST_DECODER_RATE ? fileRate : COMMON_RATE;
}
