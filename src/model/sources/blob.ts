/** A Blob or a File the visitor chose: read piece by piece, never as a whole. */
import { SttError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import { checkRange } from './memory.js';

/** `name` is for messages; a File brings its own. Rejects with `model-invalid` if the file behind it has gone or changed. */
export function blobSource(blob: Blob, name = blob instanceof File ? blob.name : 'blob'): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      checkRange(name, blob.size, offset, length);
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (cause) {
        throw SttError.from(cause, `${name}: bytes ${offset} to ${offset + length} cannot be read`, 'model-invalid');
      }
    },
  };
}
