/** Gives memory back at once: a model's bytes pass through a hundred times faster than collectors look for what is left of them. */

/** Whoever still holds `bytes` finds them empty. Nothing happens where others share the buffer, or the browser cannot. */
export function release(bytes: ArrayBufferView<ArrayBuffer>): void {
  // Safari has it since 17.4, Firefox since 122.
  const buffer = bytes.buffer as ArrayBuffer & { transfer?: (newLength: number) => ArrayBuffer };
  if (bytes.byteLength === buffer.byteLength) buffer.transfer?.(0);
}
