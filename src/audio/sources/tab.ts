/** The sound of a browser tab the visitor picks. */
import { SttError } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import type { ContextLease } from './shared-context.js';
import { TrackMixer } from './track-mixer.js';

/** The picture is not looked at, but browsers share no sound without one. */
const WANTED = {
  video: { frameRate: 1 },
  audio: true,
  selfBrowserSurface: 'exclude',
  systemAudio: 'include',
  surfaceSwitching: 'include',
} satisfies DisplayMediaStreamOptions & Record<string, unknown>;

/** Asks which tab, then listens until the visitor ends the sharing. Must be acquired in a click. */
export class TabInput implements GraphInput {
  readonly kind = 'stream';
  #stream: MediaStream | null = null;
  #mixer: TrackMixer | null = null;

  async acquire(signal: AbortSignal): Promise<void> {
    const stream = await ask();
    // Said yes when nobody waits any more: the sharing ends at once.
    if (signal.aborted) stop(stream);
    signal.throwIfAborted();
    if (stream.getAudioTracks().length === 0) {
      stop(stream);
      throw new SttError('share-without-audio', 'getDisplayMedia gave 0 audio tracks, expected at least 1');
    }
    this.#stream = stream;
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    if (!this.#stream) throw new SttError('internal', 'A tab is connected before it is shared');
    this.#mixer = new TrackMixer(context, this.#stream, () => {
      events.ended();
    });
    return this.#mixer.output;
  }

  release(): void {
    this.#mixer?.close();
    if (this.#stream) stop(this.#stream);
    this.#stream = this.#mixer = null;
  }
}

async function ask(): Promise<MediaStream> {
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (!devices) throw new SttError('insecure-context', `${location.origin} is not secure, so it may share no tab`);
  if (!('getDisplayMedia' in devices)) throw new SttError('unsupported', 'This browser has no getDisplayMedia');
  try {
    return await devices.getDisplayMedia(WANTED);
  } catch (cause) {
    throw refused(cause);
  }
}

function refused(cause: unknown): SttError {
  const name = cause instanceof DOMException ? cause.name : '';
  if (name === 'NotAllowedError') return SttError.from(cause, 'getDisplayMedia', 'share-refused');
  if (name === 'InvalidStateError') return SttError.from(cause, 'getDisplayMedia, outside a click', 'invalid-state');
  if (name === 'NotFoundError' || name === 'NotReadableError')
    return SttError.from(cause, 'getDisplayMedia', 'share-without-audio');
  return SttError.from(cause, 'getDisplayMedia', 'unsupported');
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
