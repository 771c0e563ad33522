/** The error for a file, folder or standard output that cannot be written. */
import { SttError, type SttErrorCode } from '../errors.js';

/** No space, no more of the user's share, or larger than the file system or the process may write. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** `quota` on a full disk, otherwise `code`. */
export function writeError(name: string, cause: unknown, code: SttErrorCode = 'internal'): SttError {
  const isFull = FULL.has((cause as NodeJS.ErrnoException | undefined)?.code);
  return SttError.from(cause, `${name} cannot be written`, isFull ? 'quota' : code);
}
