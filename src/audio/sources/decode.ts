/** From a file's bytes to mono samples, by the browser's decoder. */
import { SttError } from '../../errors.js';
import { averageChannels } from '../mix.js';
import { wavRate } from '../wav-rate.js';

/** Rates every browser can decode to. */
const LOWEST_DECODER_RATE = 8_000; // Hz
const HIGHEST_DECODER_RATE = 96_000; // Hz
/** For files whose rate we do not read; compressed speech and music is at most this, nearly always. */
const COMMON_RATE = 48_000; // Hz

/** One channel of sound. */
export interface Recording {
  /** [n] f32, n > 0. */
  readonly samples: Float32Array;
  /** Hz. */
  readonly rate: number;
}

/**
 * Decodes whatever the browser can: WAV, MP3, OGG, FLAC, M4A … The whole of it is in memory, 4 bytes a sample and channel.
 *
 * A decoder always resamples to its context's rate, each browser with a filter of its own, and Chromium's is short. So
 * a WAV is decoded at its own rate and everything else at 48 kHz, which at worst is a step up that folds nothing into
 * speech; the step down to 24 kHz is our resampler's.
 *
 * @param bytes detached afterwards
 * @param name for messages
 * @throws SttError 'audio-invalid' naming the file and its length
 */
export async function decodeRecording(bytes: ArrayBuffer, name: string): Promise<Recording> {
  const length = bytes.byteLength;
  if (length === 0) throw new SttError('audio-invalid', `${name} is empty: 0 bytes`);
  const context = new OfflineAudioContext(1, 1, decoderRate(wavRate(bytes)));
  let decoded: AudioBuffer;
  try {
    decoded = await context.decodeAudioData(bytes);
  } catch (cause) {
    throw SttError.from(cause, `${name}: this browser cannot decode its ${length} bytes`, 'audio-invalid');
  }
  if (decoded.length === 0) throw new SttError('audio-invalid', `${name} holds no samples in its ${length} bytes`);
  const channels = Array.from({ length: decoded.numberOfChannels }, (_, channel) => decoded.getChannelData(channel));
  const samples = new Float32Array(decoded.length);
  averageChannels(channels, samples);
  return { samples, rate: decoded.sampleRate };
}

function decoderRate(fileRate: number | null): number {
  if (fileRate === null) return COMMON_RATE;
  return fileRate >= LOWEST_DECODER_RATE && fileRate <= HIGHEST_DECODER_RATE ? fileRate : COMMON_RATE;
}
