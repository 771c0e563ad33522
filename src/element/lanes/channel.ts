/** Reads one channel of a recording. Lanes of the same recording share what is decoded. */
import { decodeAudio, type Recording } from '../../audio/sources/decode.js';
import { zeroNonFinite } from '../../audio/non-finite.js';
import { readRecording, type RecordingInput } from '../../audio/sources/read-recording.js';
import { SttError } from '../../errors.js';

interface Decoded {
  readonly audio: AudioBuffer;
  readonly name: string;
}

/** What the lanes of one `start` call have decoded. */
export type SharedRecordings = Map<RecordingInput, Promise<Decoded>>;

/** @throws SttError as `decodeRecording`; 'audio-invalid' if there is no such channel; AbortError */
export async function readChannel(
  input: RecordingInput,
  channel: number,
  shared: SharedRecordings,
  signal: AbortSignal,
): Promise<Recording> {
  const decoding = shared.get(input) ?? decode(input, signal);
  shared.set(input, decoding);
  const { audio, name } = await decoding;
  const count = audio.numberOfChannels;
  if (channel >= count)
    throw new SttError('audio-invalid', `${name}: found ${count} channels, expected a channel ${channel}, from 0`);
  const samples = audio.getChannelData(channel);
  zeroNonFinite(samples);
  return { samples, rate: audio.sampleRate };
}

/** @param signal of the lane that comes first: lanes are aborted together */
async function decode(input: RecordingInput, signal: AbortSignal): Promise<Decoded> {
  const { bytes, name } = await readRecording(input, signal);
  signal.throwIfAborted();
  return { audio: await decodeAudio(bytes, name), name };
}
