/** Names the recording in an error that its audio caused. */
import { SttError } from '../../errors.js';

/** `cause` as an SttError whose message begins with the file's name. */
export function errorNaming(name: string, cause: unknown): SttError {
  const error = SttError.from(cause, name);
  return error.message.startsWith(name) ? error : new SttError(error.code, `${name}: ${error.message}`, { cause });
}
