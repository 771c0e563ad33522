/** The input for the audio of a browser tab that the visitor shares. */
import { SttError } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import type { ContextLease } from './shared-context.js';
import { TrackMixer } from './track-mixer.js';

/** The video is unused, but browsers share no audio without it. */
const CONSTRAINTS = {
  video: { frameRate: 1 },
  audio: true,
  selfBrowserSurface: 'exclude',
  systemAudio: 'include',
  surfaceSwitching: 'include',
} satisfies DisplayMediaStreamOptions & Record<string, unknown>;

/** Asks which tab to share, then captures it until the visitor ends the sharing. `acquire` must be called in a click. */
export class TabInput implements GraphInput {
  readonly kind = 'stream';
  #stream: MediaStream | null = null;
  #mixer: TrackMixer | null = null;

  async acquire(signal: AbortSignal): Promise<void> {
    const stream = await shareTab();
    // Shared after the abort: ends the sharing immediately.
    if (signal.aborted) stop(stream);
    signal.throwIfAborted();
    if (stream.getAudioTracks().length === 0) {
      stop(stream);
      throw new SttError('share-without-audio', 'getDisplayMedia returned 0 audio tracks, expected at least 1');
    }
    this.#stream = stream;
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    if (!this.#stream) throw new SttError('internal', 'the tab is connected before it is shared');
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

async function shareTab(): Promise<MediaStream> {
  const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
  if (!devices) throw new SttError('insecure-context', `getDisplayMedia is missing: ${location.origin} is not https`);
  if (!('getDisplayMedia' in devices)) throw new SttError('unsupported', 'this browser has no getDisplayMedia');
  try {
    return await devices.getDisplayMedia(CONSTRAINTS);
  } catch (cause) {
    throw errorOf(cause);
  }
}

function errorOf(cause: unknown): SttError {
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
