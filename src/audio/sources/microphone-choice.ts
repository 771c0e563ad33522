/** The list of microphones, and the visitor's remembered choice. */

/** One microphone. Browsers hide labels and ids until the visitor has allowed a microphone. */
export interface Microphone {
  readonly deviceId: string;
  /** In the visitor's language; empty before permission. */
  readonly label: string;
}

/** Fires `change` when the visitor chooses, so that running streams switch. */
export const microphoneChoice = new EventTarget();

const KEY = 'kyutai-stt.microphone';

/** The microphones, the system default first. Empty if the browser has no such list or hides their ids. */
export async function microphones(): Promise<Microphone[]> {
  const inputs = await audioInputs();
  return inputs.filter(({ deviceId }) => deviceId !== '').map(({ deviceId, label }) => ({ deviceId, label }));
}

/** All audio inputs, including those whose ids the browser hides. */
export async function audioInputs(): Promise<MediaDeviceInfo[]> {
  const { navigator } = globalThis as { readonly navigator?: Partial<Navigator> };
  const devices = navigator?.mediaDevices;
  const all = (await devices?.enumerateDevices()) ?? [];
  return all.filter(({ kind }) => kind === 'audioinput');
}

/** The id chosen last on this origin; empty for the system default. */
export function chosenMicrophone(): string {
  return storage()?.getItem(KEY) ?? '';
}

/** Remembers a choice for all elements of this origin and switches running streams. An empty id is the system default. */
export function chooseMicrophone(deviceId: string): void {
  if (deviceId === '') storage()?.removeItem(KEY);
  else storage()?.setItem(KEY, deviceId);
  microphoneChoice.dispatchEvent(new Event('change'));
}

/** Undefined if the page may not store anything, for example in a sandboxed frame: then the choice has no effect. */
function storage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'SecurityError') return undefined;
    throw cause;
  }
}
