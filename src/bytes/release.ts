/** Frees an ArrayBuffer immediately: a model's bytes are read a hundred times faster than garbage collection frees them. */

/** Detaches the buffer of `bytes`, unless `bytes` is only a part of it or the browser lacks `transfer`. */
export function release(bytes: ArrayBufferView<ArrayBuffer>): void {
  // `transfer` exists since Safari 17.4 and Firefox 122.
  const buffer = bytes.buffer as ArrayBuffer & { transfer?: (newLength: number) => ArrayBuffer };
  if (bytes.byteLength === buffer.byteLength) buffer.transfer?.(0);
}
