/** The sentence that says which recording could not be used, and why. */
import type { SttError } from '../../errors.js';
import type { Attempt } from '../status.js';
import type { Strings } from '../strings/strings.js';

/** Empty where the failure is not a recording's. */
export function faultText(
  { error, attempt }: { readonly error: SttError; readonly attempt?: Attempt },
  strings: Strings,
): string {
  if (error.fault === undefined) return '';
  const name = attempt?.recording;
  const recording =
    name === undefined ? strings.unnamedRecording : strings.namedRecording.replace('{name}', () => name);
  return strings.faults[error.fault].replace('{recording}', () => recording);
}
