/** Asks the browser for a microphone, and says what its refusals mean. */
import { SttError, type SttErrorCode } from '../../errors.js';
import { chosenMicrophone } from './microphone-choice.js';

/**
 * Which microphone, and what the browser may do to its sound. By default nothing: the model has learnt from sound as it
 * was recorded, at any level and through noise, and each of these changes it by far more than the model's own rounding.
 */
export interface MicrophoneOptions {
  /** From `enumerateDevices`; without that one the call fails. Default: the visitor's last choice if it is there, else the system's. */
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

/** A stream with one audio track. @throws SttError as `AudioSource.start` does */
export async function openMicrophone(options: MicrophoneOptions): Promise<MediaStream> {
  const { deviceId, echoCancellation = false, noiseSuppression = false, autoGainControl = false } = options;
  // The DOM library says it is always there; on a page without https it is not.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) {
    if (isSecureContext) throw new SttError('unsupported', 'microphone: this browser has no mediaDevices');
    throw new SttError('insecure-context', `microphone: ${location.origin} is not https`);
  }
  const audio = { echoCancellation, noiseSuppression, autoGainControl, ...wanted(deviceId) };
  try {
    return await devices.getUserMedia({ audio });
  } catch (cause) {
    const code = (cause instanceof DOMException && REFUSALS[cause.name]) || 'audio-capture';
    const name = cause instanceof Error ? cause.name : 'refusal';
    throw SttError.from(cause, `getUserMedia(${deviceId ? `deviceId ${deviceId}` : 'audio'}): ${name}`, code);
  }
}

/** A page that names a device means that one; a visitor's choice of last week may lie in a drawer. */
function wanted(deviceId: string | undefined): { deviceId?: ConstrainDOMString } {
  if (deviceId) return { deviceId: { exact: deviceId } };
  const chosen = chosenMicrophone();
  return chosen === '' ? {} : { deviceId: { ideal: chosen } };
}

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
