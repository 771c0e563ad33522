/** A byte source over a `Blob`, such as a file that the visitor chose. */
import { SttError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import { checkRange } from './memory.js';

/** Reads parts when they are asked for. A file that changed on the disk since rejects with `model-invalid`. */
export function blobSource(name: string, blob: Blob): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      checkRange(name, blob.size, offset, length);
      const part = await blob
        .slice(offset, offset + length)
        .arrayBuffer()
        .catch((cause: unknown) => {
          throw SttError.from(cause, name, 'model-invalid');
        });
      return new Uint8Array(part);
    },
  };
}
