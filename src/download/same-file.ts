/** Checks that a response belongs to the requested file, and to the version whose chunks are stored. */
import { SttError } from '../errors.js';
import { RetryableError, type RangeResponse } from './response.js';
import type { RemoteFile } from './types.js';
import { FileReplaced, type FileVersion } from './file-version.js';

/** Wrong sizes of a file with hashes, after which its server is taken to have another file. */
const MOST_WRONG_SIZES = 3;

interface Named {
  readonly file: RemoteFile;
  readonly name: string;
}

/** Throws FileReplaced if the response is about another version, or `model-invalid` if it contradicts the expected size. */
export function checkSameFile(stored: FileVersion, { kind, total, tag }: RangeResponse, named: Named): void {
  const { file } = named;
  const { record } = stored;
  // The size of a whole file is only a hint.
  const bytes = kind === 'whole' ? undefined : total;
  if (bytes !== undefined && stored.bytes !== undefined && bytes !== stored.bytes) {
    const wrong = wrongSize(bytes, named);
    // The hashes will tell: one wrong size may come from a cache or a proxy.
    if (file.sha256 !== undefined && stored.countWrongSize() < MOST_WRONG_SIZES)
      throw new RetryableError(wrong.message);
    if (file.bytes !== undefined) throw wrong;
    throw new FileReplaced(`is ${bytes} bytes long now, was ${stored.bytes}`);
  }
  // A file with hashes has one version, whatever its server's ETag.
  if (file.sha256 === undefined && tagsDiffer(tag, record.tag)) {
    throw new FileReplaced(`was replaced: ${String(tag)}, was ${String(record.tag)}`);
  }
  if (kind === 'before' && stored.bytes !== undefined) {
    throw new RetryableError(`${file.url}: rejects a range inside its ${stored.bytes} bytes`);
  }
}

/** Whether two tags of the same kind differ: an ETag cannot be compared with a date, nor with a missing tag. */
export function tagsDiffer(tag: string | undefined, other: string | undefined): boolean {
  if (tag === undefined || other === undefined || tag === other) return false;
  return tag.split(' ')[0] === other.split(' ')[0];
}

export function wrongSize(bytes: number, { file, name }: Named): SttError {
  return new SttError(
    'model-invalid',
    `${name}: is ${bytes} bytes long at ${file.url}, expected ${String(file.bytes)}`,
  );
}

/** Handles a body longer than the file. With hashes, the bytes before the end are verified anyway. */
export function tooLong(bytes: number, { file, name }: Named): 'enough' {
  if (file.sha256 !== undefined) return 'enough';
  if (file.bytes === undefined) throw new FileReplaced(`is longer than ${bytes} bytes now`);
  throw new SttError('model-invalid', `${name}: is longer than the expected ${bytes} bytes at ${file.url}`);
}
