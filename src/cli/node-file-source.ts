/** A file on disk as a ByteSource, for Node. */
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { checkRange } from '../bytes/memory.js';

/**
 * Opens the file for each read and closes it afterwards: a model is some hundred reads, and the caller has nothing to
 * close. Rejects with `model-invalid` if there is no such file.
 */
export async function nodeFileSource(path: string): Promise<ByteSource> {
  const name = basename(path);
  const size = await fileSize(path);
  return {
    name,
    size,
    read: async (offset, length) => {
      checkRange(name, size, offset, length);
      const bytes = new Uint8Array(length);
      const file = await open(path, 'r');
      try {
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
          if (bytesRead === 0)
            throw new SttError('model-invalid', `${path}: ends at byte ${offset + filled}, expected ${size} bytes`);
          filled += bytesRead;
        }
      } finally {
        await file.close();
      }
      return bytes;
    },
  };
}

async function fileSize(path: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch (cause) {
    throw SttError.from(cause, path, 'model-invalid');
  }
  throw new SttError('model-invalid', `${path}: not a file`);
}
