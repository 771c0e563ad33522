/** A byte source over an ArrayBuffer, and the bounds check that all sources share. */
import { SttError } from '../errors.js';
import type { ByteSource } from './byte-source.js';

/** A file held in one piece: an ArrayBuffer, or a view of one. */
export function memorySource(name: string, data: ArrayBuffer | Uint8Array): ByteSource {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  return {
    name,
    size: bytes.length,
    read: (offset, length) =>
      new Promise((resolve) => {
        checkRange(name, bytes.length, offset, length);
        resolve(new Uint8Array(bytes.subarray(offset, offset + length)));
      }),
  };
}

/** Throws `model-invalid` unless the `length` bytes from `offset` lie inside a file of `size` bytes. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  const inside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size;
  if (inside) return;
  throw new SttError(
    'model-invalid',
    `${name}: bytes ${offset} to ${offset + length} were requested, the file has ${size}`,
  );
}
