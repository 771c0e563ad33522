/** Exports of `kyutai-stt/client.js`: the engine and its audio sources, without the element. */
import type { AudioSource } from '../audio/audio-source.js';
import { createSource as createSourceWith, type AudioInput } from '../audio/create-source.js';
import type { MicrophoneOptions } from '../audio/sources/microphone.js';
import { assetUrl } from './assets.js';

export type { AudioInput } from '../audio/create-source.js';
export type { AudioSource, AudioSourceKind } from '../audio/audio-source.js';
export type { Level } from '../audio/level.js';
export type { MicrophoneOptions } from '../audio/sources/microphone.js';
export {
  chooseMicrophone,
  chosenMicrophone,
  microphones,
  type Microphone,
} from '../audio/sources/microphone-choice.js';
export { SttError, type SttErrorCode } from '../errors.js';
export type { Phrase, TurnChoice } from '../protocol/messages.js';
export type { Backend, EngineInfo, WhenFull } from '../protocol/model.js';
export type { GpuMetrics, StreamMetrics } from '../protocol/stream-events.js';
export { DEFAULT_MODEL, EMBEDDED_MODEL } from './model-registry.js';
export {
  available,
  install,
  installed,
  uninstall,
  type AvailableOptions,
  type InstallOptions,
  type ModelOptions,
} from './models.js';
export type { Availability, StoredModel } from '../protocol/queries.js';
export { SttClient, type LoadOptions, type ModelProgress, type SttClientOptions } from './stt-client.js';
export { SttStream, type StreamHandlers, type StreamSource } from './stt-stream.js';
export {
  textOf,
  wordsOf,
  type Interim,
  type Transcript,
  type TranscriptEdit,
  type Utterance,
  type Word,
} from './transcript.js';

export interface SourceOptions extends MicrophoneOptions {
  /** URL of `capture.worklet.js`; default: beside this script. */
  readonly workletUrl?: string | URL;
  /** As in `SttClientOptions`. */
  readonly assets?: string;
}

/**
 * Creates an audio source for `SttClient.start` from a stream, a track, a media element, a recording (File, Blob,
 * ArrayBuffer) or a recording's URL; from the microphone if `input` is omitted. Throws `invalid-argument` for anything else.
 */
export function createSource(input?: AudioInput, { assets, ...options }: SourceOptions = {}): AudioSource {
  return createSourceWith(input, { workletUrl: () => assetUrl('capture.worklet.js', assets), ...options });
}
