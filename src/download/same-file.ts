/** Whether what a server answers is about the file that is wanted, and the version of it that is here. */
import { SttError } from '../errors.js';
import { Retry, type RangeResponse } from './response.js';
import type { FileWanted } from './types.js';
import { Replaced, type FileVersion } from './file-version.js';

interface Named {
  readonly file: FileWanted;
  readonly name: string;
}

/** Throws unless the answer is about the version that is kept: Replaced, or `model-invalid` if a size was promised. */
export function compare(kept: FileVersion, { kind, total, tag }: RangeResponse, named: Named): void {
  const { file } = named;
  const { version } = kept;
  // Of a whole file the size is only a hint.
  const bytes = kind === 'whole' ? undefined : total;
  if (bytes !== undefined && kept.bytes !== undefined && bytes !== kept.bytes) {
    if (file.bytes !== undefined) throw wrongSize(bytes, named);
    throw new Replaced(`is ${bytes} bytes long now, was ${kept.bytes}`);
  }
  // With hashes there is one version, whatever servers call it.
  if (file.sha256 === undefined && differ(tag, version.tag)) {
    throw new Replaced(`was replaced: ${String(tag)}, was ${String(version.tag)}`);
  }
  if (kind === 'before' && kept.bytes !== undefined) {
    throw new Retry(`${file.url}: denies a range inside its ${kept.bytes} bytes`);
  }
}

/** An ETag says nothing about a date, and what cannot be seen says nothing at all. */
export function differ(tag: string | undefined, other: string | undefined): boolean {
  if (tag === undefined || other === undefined || tag === other) return false;
  return tag.split(' ')[0] === other.split(' ')[0];
}

export function wrongSize(bytes: number, { file, name }: Named): SttError {
  return new SttError(
    'model-invalid',
    `${name}: is ${bytes} bytes long at ${file.url}, expected ${String(file.bytes)}`,
  );
}

/** The body goes on where the file should end. Hashes tell that what came before is right all the same. */
export function tooLong(bytes: number, { file, name }: Named): 'enough' {
  if (file.sha256 !== undefined) return 'enough';
  if (file.bytes === undefined) throw new Replaced(`is longer than ${bytes} bytes now`);
  throw new SttError('model-invalid', `${name}: goes on at ${file.url} after the ${bytes} bytes expected`);
}
