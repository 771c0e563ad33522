/** Creates the audio source for what a page passes as input. */
import { SttError } from '../errors.js';
import type { AudioSource } from './audio-source.js';
import {
  hasMediaApi,
  isArrayBuffer,
  isBlob,
  isMediaElement,
  isMediaStream,
  isMediaStreamTrack,
  isUrl,
} from './platform-objects.js';
import { FileSource } from './sources/file.js';
import { GraphSource, type WorkletUrl } from './sources/graph-source.js';
import { MediaElementInput } from './sources/media-element.js';
import { MicrophoneInput, type MicrophoneOptions } from './sources/microphone.js';
import { StreamInput } from './sources/stream.js';
import { TabInput } from './sources/tab.js';

/** What can be transcribed. `undefined` or `microphone` is the microphone, `tab` asks for a tab to share; any other string is the URL of a recording. */
export type AudioInput =
  MediaStream | MediaStreamTrack | HTMLMediaElement | Blob | ArrayBuffer | URL | string | undefined;

/** The microphone's options, and where the worklet is. */
export interface SourceOptions extends MicrophoneOptions {
  /** URL of `capture.worklet.js`. */
  readonly workletUrl: WorkletUrl;
}

/** @throws SttError 'invalid-argument' for anything else, 'unsupported' where there is no Web Audio */
export function createSource(input: AudioInput, options: SourceOptions): AudioSource {
  const { workletUrl, ...microphone } = options;
  if (input === undefined || input === 'microphone')
    return new GraphSource(new MicrophoneInput(microphone), workletUrl);
  if (input === 'tab') return new GraphSource(new TabInput(), workletUrl);
  if (isMediaStream(input) || isMediaStreamTrack(input)) return new GraphSource(new StreamInput(input), workletUrl);
  if (isMediaElement(input) || hasMediaApi(input)) return new GraphSource(new MediaElementInput(input), workletUrl);
  if (typeof input === 'string' || isBlob(input) || isArrayBuffer(input) || isUrl(input)) return new FileSource(input);
  // In the DOM of a unit test, whose Blob is not the platform's.
  if (typeof AudioContext === 'undefined') throw new SttError('unsupported', 'this browser has no AudioContext');
  const found = Object.prototype.toString.call(input);
  throw new SttError(
    'invalid-argument',
    `${found} is not a supported audio source: expected a MediaStream, track, media element, file, buffer or URL`,
  );
}
