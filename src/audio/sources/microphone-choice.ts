/** Which microphones there are, and the one the visitor chose the last time. */

/** One microphone. Browsers keep labels and ids to themselves until the visitor has allowed one. */
export interface Microphone {
  readonly deviceId: string;
  /** In the visitor's language; empty before permission. */
  readonly label: string;
}

/** Fires `change` when the visitor has chosen, for streams that are on. */
export const microphoneChoice = new EventTarget();

const KEY = 'kyutai-stt.microphone';

/** The microphones of this machine, the system's own choice first; none where the browser has no such list, or hides their ids. */
export async function microphones(): Promise<Microphone[]> {
  const inputs = await audioInputs();
  return inputs.filter(({ deviceId }) => deviceId !== '').map(({ deviceId, label }) => ({ deviceId, label }));
}

/** The same with those whose ids the browser hides. */
export async function audioInputs(): Promise<MediaDeviceInfo[]> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  const all = (await devices?.enumerateDevices()) ?? [];
  return all.filter(({ kind }) => kind === 'audioinput');
}

/** The id of the one chosen last on this origin; empty where the choice is the system's. */
export function chosenMicrophone(): string {
  return storage()?.getItem(KEY) ?? '';
}

/** Remembers a choice for all elements of this origin, and for streams that are on; an empty id leaves it to the system again. */
export function chooseMicrophone(deviceId: string): void {
  if (deviceId === '') storage()?.removeItem(KEY);
  else storage()?.setItem(KEY, deviceId);
  microphoneChoice.dispatchEvent(new Event('change'));
}

/** Where a page may store nothing, as in a sandboxed frame, a choice lasts as long as the page's own attribute. */
function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError') return undefined;
    throw cause;
  }
}
