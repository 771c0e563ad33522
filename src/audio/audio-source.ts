/** Where sound comes from, whatever it is: the one interface the client drives. */
import type { SttError } from '../errors.js';
import type { Level } from './level.js';
import type { Microphone } from './sources/microphone-choice.js';

/** What a source listens to, for those who show it. */
export type AudioSourceKind = 'microphone' | 'stream' | 'media-element' | 'file';

/**
 * A source of one stream of speech. It is started once; for the next stream, make another.
 *
 * The order of calls is prepare (optional), start, any pauses, then stop or abort. After `start` exactly one of these
 * happens: `stop()` is called, `abort()` is called, `onended` fires, or `onerror` fires. In every case but abort, all that
 * was heard and then `end` has been posted on the port before (unless the audio thread itself has died), so that the
 * worker can still be asked to finish.
 */
export interface AudioSource {
  readonly kind: AudioSourceKind;

  /** Loudness, 12.5 times a second of sound. */
  onlevel: ((level: Level) => void) | null;
  /** The input has been exactly zero for more than 2 s, or the system mutes it (`true`), or no longer. Of use for microphones. */
  onsilent: ((silent: boolean) => void) | null;
  /** A microphone was unplugged and another took its place, or came back. The stream goes on. */
  ondevice: ((device: Microphone) => void) | null;
  /** The sound is over: the file, the media or the track has ended. */
  onended: (() => void) | null;
  /** The sound broke off, as when a microphone is unplugged. */
  onerror: ((error: SttError) => void) | null;

  /**
   * Does what needs the visitor's click or takes long: wakes the page's audio, asks for the microphone, decodes the file.
   * Call it inside the click, even if a model loads first. `start` does it where it was not called.
   *
   * @throws SttError, the same as `start`; AbortError when `signal` aborts
   */
  prepare(signal?: AbortSignal): Promise<void>;

  /**
   * Posts `AudioMessage`s on `port` from now on. Resolves when sound is flowing.
   *
   * @param port the source's from now on: live sources transfer it to the audio thread
   * @throws SttError 'not-allowed', 'audio-capture', 'audio-output', 'microphone-busy', 'unsupported',
   *   'insecure-context', 'audio-invalid', 'network', 'worker-failed', 'invalid-state' (a second start); AbortError when `signal` aborts, with every device released
   */
  start(port: MessagePort, signal?: AbortSignal): Promise<void>;

  /** Posts what was heard, padded to a whole frame, and `end`, then releases every device. Before a start it just releases. */
  stop(): Promise<void>;

  /** Releases every device at once and says nothing more. */
  abort(): void;

  /** Takes no sound until `resume`; devices stay open. */
  pause(): void;
  resume(): void;
}

/** The part of every source that is the same: its four callbacks, empty. */
export abstract class SourceCallbacks {
  onlevel: ((level: Level) => void) | null = null;
  onsilent: ((silent: boolean) => void) | null = null;
  ondevice: ((device: Microphone) => void) | null = null;
  onended: (() => void) | null = null;
  onerror: ((error: SttError) => void) | null = null;
}
