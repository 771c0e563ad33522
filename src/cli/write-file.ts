/** Writes large files in pieces under temporary names and renames them when all are complete. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SttError } from '../errors.js';
import { writeError } from './write-error.js';

/** Writes the next bytes of the file; the caller may overwrite them once it has resolved. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

export interface FileToWrite {
  readonly path: string;
  readonly write: (sink: Sink) => Promise<void>;
}

/**
 * Throws `invalid-argument` if something is at `path` already and `force` is not given, or if it is not a file: renaming
 * would replace a device such as /dev/null.
 */
export async function refuseExisting(path: string, force: boolean): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  if (found.isDirectory()) throw new SttError('invalid-argument', `${path} is a folder, expected a file`);
  if (!found.isFile()) throw new SttError('invalid-argument', `${path} is not a regular file, expected one`);
  if (!force) throw new SttError('invalid-argument', `${path} exists; use --force to replace it`);
}

/**
 * Writes under a temporary name and renames when complete; resolves with the size in bytes.
 *
 * @throws SttError `quota` on a full disk, `invalid-argument` if the file cannot be created; no partial file is left
 */
export async function writeWhole(path: string, write: FileToWrite['write']): Promise<number> {
  return writeAllWhole([{ path, write }]);
}

/** As `writeWhole` for files that belong together: none is renamed until all are complete. Resolves with the sum of the sizes. */
export async function writeAllWhole(files: readonly FileToWrite[]): Promise<number> {
  const partials: (readonly [partial: string, path: string])[] = [];
  let size = 0;
  try {
    for (const { path, write } of files) {
      // The name does not contain the file's, which may be as long as a name can be.
      const partial = join(dirname(path), `.${randomUUID()}.partial`);
      const file = await open(partial, 'wx').catch((cause: unknown) => {
        throw writeError(path, cause, 'invalid-argument');
      });
      partials.push([partial, path]);
      const failed = (cause: unknown): never => {
        throw writeError(path, cause);
      };
      try {
        await write(async (bytes) => {
          await file.writeFile(bytes).catch(failed);
          size += bytes.length;
        });
      } catch (cause) {
        await file.close().catch(() => undefined); // the first error is the one to report
        throw cause;
      }
      // Without it, a machine that loses power may keep the new name with no contents.
      await file.sync().catch(failed);
      await file.close().catch(failed); // a network drive may report a full disk only now
    }
    for (const [partial, path] of partials) {
      await rename(partial, path).catch((cause: unknown) => {
        throw writeError(path, cause);
      });
    }
  } catch (cause) {
    for (const [partial] of partials) await rm(partial, { force: true });
    throw cause;
  }
  return size;
}
