/** Picks the source for whatever a page offers as sound. */
import { SttError } from '../errors.js';
import type { AudioSource } from './audio-source.js';
import { FileSource } from './sources/file.js';
import { GraphSource } from './sources/graph-source.js';
import { MediaElementInput } from './sources/media-element.js';
import { MicrophoneInput, type MicrophoneOptions } from './sources/microphone.js';
import { StreamInput } from './sources/stream.js';
import { TabInput } from './sources/tab.js';

/** All that can be listened to: nothing named means the microphone, `tab` asks for a tab to share; any other string is the URL of a recording. */
export type AudioInput =
  MediaStream | MediaStreamTrack | HTMLMediaElement | Blob | ArrayBuffer | URL | string | undefined;

/** What a source needs to know of the page. */
export interface SourceOptions extends MicrophoneOptions {
  /** Where `capture.worklet.js` is. */
  readonly workletUrl: string | URL;
}

/** @throws SttError 'invalid-argument' for anything that is none of these */
export function createSource(input: AudioInput, options: SourceOptions): AudioSource {
  const { workletUrl, ...microphone } = options;
  if (input === undefined) return new GraphSource(new MicrophoneInput(microphone), workletUrl);
  if (input === 'tab') return new GraphSource(new TabInput(), workletUrl);
  if (input instanceof MediaStream || input instanceof MediaStreamTrack) {
    return new GraphSource(new StreamInput(input), workletUrl);
  }
  if (input instanceof HTMLMediaElement) return new GraphSource(new MediaElementInput(input), workletUrl);
  if (input instanceof Blob || input instanceof ArrayBuffer || input instanceof URL || typeof input === 'string') {
    return new FileSource(input);
  }
  const found = Object.prototype.toString.call(input);
  throw new SttError(
    'invalid-argument',
    `${found} is no sound: expected a MediaStream, track, media element, file, buffer or URL`,
  );
}
