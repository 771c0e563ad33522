/** The interface that every audio source implements and the client drives. */
import type { SttError } from '../errors.js';
import type { Level } from './level.js';
import type { Microphone } from './sources/microphone-choice.js';

/** The kind of a source, for callers that treat kinds differently. */
export type AudioSourceKind = 'microphone' | 'stream' | 'media-element' | 'file';

/**
 * The audio of one stream. A source is started once; the next stream needs a new source.
 *
 * The order of calls is prepare (optional), start, any pauses, then stop or abort. After `start` exactly one of these
 * happens: `stop()` is called, `abort()` is called, `onended` fires, or `onerror` fires. In every case but abort, all
 * captured audio and then `end` have been posted on the port before (unless the audio thread has died), so that the
 * worker can still finish the stream.
 */
export interface AudioSource {
  readonly kind: AudioSourceKind;

  /** Loudness, 12.5 times per second of audio. */
  onlevel: ((level: Level) => void) | null;
  /** `true` once the input has been exactly zero for more than 2 s or is muted by the system, `false` when it no longer is. Meant for microphones. */
  onsilent: ((silent: boolean) => void) | null;
  /** A microphone was unplugged and another one replaced it, or it was plugged in again. The stream continues. */
  ondevice: ((device: Microphone) => void) | null;
  /** The file, the media or the track has ended. */
  onended: (() => void) | null;
  /** The audio was interrupted, for example because the only microphone was unplugged. */
  onerror: ((error: SttError) => void) | null;

  /**
   * Does everything that needs the visitor's click or takes long: resumes the AudioContext, requests the microphone,
   * decodes the file. Call it inside the click, even if a model is loaded first. `start` does it if it was not called.
   *
   * @throws SttError as `start` does; AbortError when `signal` aborts
   */
  prepare(signal?: AbortSignal): Promise<void>;

  /**
   * Starts posting `AudioMessage`s on `port`. Resolves when audio is flowing.
   *
   * @param port owned by the source from now on: live sources transfer it to the audio thread
   * @throws SttError 'not-allowed', 'audio-capture', 'audio-output', 'microphone-busy', 'unsupported',
   *   'insecure-context', 'audio-invalid', 'network', 'worker-failed', 'invalid-state' (a second start); AbortError when `signal` aborts, with every device released
   */
  start(port: MessagePort, signal?: AbortSignal): Promise<void>;

  /** Posts the remaining audio, padded to a whole frame, and `end`, then releases every device. Before `start` it only releases. */
  stop(): Promise<void>;

  /** Releases every device at once and posts nothing more. */
  abort(): void;

  /** Drops audio until `resume`; devices stay open. */
  pause(): void;
  resume(): void;
}

/** The callbacks that every source has, initially null. */
export abstract class SourceCallbacks {
  onlevel: ((level: Level) => void) | null = null;
  onsilent: ((silent: boolean) => void) | null = null;
  ondevice: ((device: Microphone) => void) | null = null;
  onended: (() => void) | null = null;
  onerror: ((error: SttError) => void) | null = null;
}
