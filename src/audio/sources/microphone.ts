/** The visitor's microphone. */
import { SttError, type SttErrorCode } from '../../errors.js';
import type { GraphInput, InputEvents } from './graph-input.js';
import type { ContextLease } from './shared-context.js';

/**
 * Which microphone, and what the browser may do to its sound. By default nothing: the model has learnt from sound as it
 * was recorded, at any level and through noise, and each of these changes it by far more than the model's own rounding.
 */
export interface MicrophoneOptions {
  /** From `enumerateDevices`. Default: the one the visitor or the system has chosen. */
  readonly deviceId?: string;
  /** Default `false`: it thins out quiet word ends. Set it on a page that speaks while it listens, or hears itself. */
  readonly echoCancellation?: boolean;
  /** Default `false`: it takes soft consonants for noise. */
  readonly noiseSuppression?: boolean;
  /** Default `false`: in Chromium the first words come out some 10 dB louder than the rest. Helps a very faint microphone. */
  readonly autoGainControl?: boolean;
}

/** What each refusal of getUserMedia means. */
const REFUSALS: Readonly<Record<string, SttErrorCode>> = {
  NotAllowedError: 'not-allowed', // the visitor, the system or the page's permissions policy
  SecurityError: 'not-allowed',
  NotFoundError: 'audio-capture', // there is none
  OverconstrainedError: 'audio-capture', // the one with this deviceId is not there
  NotReadableError: 'microphone-busy', // there is one, and something else holds it
  AbortError: 'audio-capture', // the browser's own word for a device that failed to open
};

/** A microphone, asked for when it is acquired. */
export class MicrophoneInput implements GraphInput {
  readonly kind = 'microphone';
  readonly #options: MicrophoneOptions;
  readonly #released = new AbortController();
  #stream: MediaStream | null = null;
  #node: MediaStreamAudioSourceNode | null = null;

  constructor(options: MicrophoneOptions = {}) {
    this.#options = options;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const stream = await openMicrophone(this.#options);
    // The prompt may be answered long after the visitor gave up waiting: the light must not stay on.
    if (signal.aborted) stopTracks(stream);
    else this.#stream = stream;
  }

  connect({ context }: ContextLease, events: InputEvents): AudioNode {
    const [track] = this.#stream?.getAudioTracks() ?? [];
    if (!this.#stream || !track)
      throw new SttError('audio-capture', 'the microphone gave a stream without an audio track');
    this.#node = context.createMediaStreamSource(this.#stream);
    this.#watch(track, events);
    return this.#node;
  }

  release(): void {
    this.#released.abort();
    this.#node?.disconnect();
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
  }

  /** Not every browser ends the track of an unplugged microphone, but all of them take it off the list of devices. */
  #watch(track: MediaStreamTrack, events: InputEvents): void {
    const { signal } = this.#released;
    const name = track.label || 'microphone';
    const gone = (how: string): void => {
      if (!signal.aborted) events.broken(new SttError('audio-capture', `${name} is gone: ${how}`));
    };
    const look = async (): Promise<void> => {
      if (await isUnplugged(track)) gone('it is no longer among the devices');
    };
    const ended = (): void => {
      gone('its track ended');
    };
    const changed = (): void => {
      look().catch((cause: unknown) => {
        if (!signal.aborted) events.broken(SttError.from(cause, `looking for ${name}`, 'audio-capture'));
      });
    };
    track.addEventListener('ended', ended, { signal });
    navigator.mediaDevices.addEventListener('devicechange', changed, { signal });
    if (track.readyState === 'ended') queueMicrotask(ended);
  }
}

async function openMicrophone(options: MicrophoneOptions): Promise<MediaStream> {
  const { deviceId, echoCancellation = false, noiseSuppression = false, autoGainControl = false } = options;
  // The DOM library says it is always there; on a page without https it is not.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) {
    if (isSecureContext) throw new SttError('unsupported', 'microphone: this browser has no mediaDevices');
    throw new SttError('insecure-context', `microphone: ${location.origin} is not https`);
  }
  const audio = {
    echoCancellation,
    noiseSuppression,
    autoGainControl,
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
  try {
    return await devices.getUserMedia({ audio });
  } catch (cause) {
    const code = (cause instanceof DOMException && REFUSALS[cause.name]) || 'audio-capture';
    const name = cause instanceof Error ? cause.name : 'refusal';
    throw SttError.from(cause, `getUserMedia(${deviceId ? `deviceId ${deviceId}` : 'audio'}): ${name}`, code);
  }
}

async function isUnplugged(track: MediaStreamTrack): Promise<boolean> {
  const { deviceId } = track.getSettings();
  const devices = await navigator.mediaDevices.enumerateDevices();
  const known = devices.filter((device) => device.kind === 'audioinput' && device.deviceId !== '');
  // Without ids (a browser that hides them) the list says nothing.
  return Boolean(deviceId) && known.length > 0 && known.every((device) => device.deviceId !== deviceId);
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
