/** Opens a microphone and maps the browser's errors to our codes. */
import { SttError, type SttErrorCode } from '../../errors.js';
import { chosenMicrophone } from './microphone-choice.js';
import { policyRefusal } from './microphone-policy.js';

/**
 * Which microphone, and how the browser may process its audio. By default not at all: the model was trained on
 * unprocessed recordings, at any level and with noise, and each of these changes the audio far more than quantisation
 * changes the model.
 */
export interface MicrophoneOptions {
  /** From `enumerateDevices`; the call fails if it is missing. Default: the visitor's last choice if available, else the system default. */
  readonly deviceId?: string;
  /** Default `false`, because it attenuates quiet word endings. Set it on a page that plays sound while listening. */
  readonly echoCancellation?: boolean;
  /** Default `false`, because it removes soft consonants as noise. */
  readonly noiseSuppression?: boolean;
  /** Default `false`, because in Chromium the first words are some 10 dB louder than the rest. Helps a very faint microphone. */
  readonly autoGainControl?: boolean;
}

/** Our code for each error of getUserMedia. */
const ERROR_CODES: Readonly<Record<string, SttErrorCode>> = {
  NotAllowedError: 'not-allowed', // the visitor, the system or the page's permissions policy: see `policyRefusal`
  SecurityError: 'not-allowed',
  NotFoundError: 'audio-capture', // no microphone
  OverconstrainedError: 'audio-capture', // no microphone with this deviceId
  NotReadableError: 'microphone-busy', // in use by something else
  AbortError: 'audio-capture', // the device failed to open
};

/** A stream with one audio track. @throws SttError as `AudioSource.start` does */
export async function openMicrophone(options: MicrophoneOptions): Promise<MediaStream> {
  const { deviceId, echoCancellation = false, noiseSuppression = false, autoGainControl = false } = options;
  // Typed as always present, but missing on pages without https.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) {
    if (isSecureContext) throw new SttError('unsupported', 'microphone: this browser has no mediaDevices');
    throw new SttError('insecure-context', `microphone: ${location.origin} is not https`);
  }
  const audio = { echoCancellation, noiseSuppression, autoGainControl, ...deviceConstraint(deviceId) };
  try {
    return await devices.getUserMedia({ audio });
  } catch (cause) {
    const code = (cause instanceof DOMException && ERROR_CODES[cause.name]) || 'audio-capture';
    const name = cause instanceof Error ? cause.name : 'failed';
    const refusal = code === 'not-allowed' ? await policyRefusal(devices) : undefined;
    if (refusal !== undefined) throw new SttError('blocked-by-policy', `microphone: ${refusal}`, { cause });
    throw SttError.from(cause, `getUserMedia(${deviceId ? `deviceId ${deviceId}` : 'audio'}): ${name}`, code);
  }
}

/** The page's choice is exact, the visitor's only preferred: that microphone may not be plugged in today. */
function deviceConstraint(deviceId: string | undefined): { deviceId?: ConstrainDOMString } {
  if (deviceId) return { deviceId: { exact: deviceId } };
  const chosen = chosenMicrophone();
  return chosen === '' ? {} : { deviceId: { ideal: chosen } };
}

export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
