/** Writes a large file in pieces under a temporary name and renames it when it is complete. */
import { open, rename, rm, stat } from 'node:fs/promises';
import { SttError } from '../errors.js';

/** Writes the next bytes of the file; the caller may overwrite them once it has resolved. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/** Throws `invalid-argument` if something is at `path` already and `force` is not given. */
export async function refuseExisting(path: string, force: boolean): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists && !force) throw new SttError('invalid-argument', `${path} exists; use --force to replace it`);
}

/** Writes under a temporary name and renames when complete; resolves with the size in bytes. */
export async function writeWhole(path: string, write: (sink: Sink) => Promise<void>): Promise<number> {
  const partial = `${path}.${process.pid}.partial`;
  const file = await open(partial, 'wx').catch((cause: unknown) => {
    throw SttError.from(cause, `${path} cannot be written`, 'invalid-argument');
  });
  let size = 0;
  try {
    await write(async (bytes) => {
      await file.writeFile(bytes);
      size += bytes.length;
    });
    await file.close();
    await rename(partial, path);
  } catch (cause) {
    await file.close();
    await rm(partial, { force: true });
    throw cause;
  }
  return size;
}
