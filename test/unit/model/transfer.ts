/** `ArrayBuffer.prototype.transfer`, as browsers have it, for a Node that has not. */
if (!('transfer' in ArrayBuffer.prototype)) {
  Object.defineProperty(ArrayBuffer.prototype, 'transfer', {
    value(this: ArrayBuffer, newLength: number) {
      return structuredClone(this, { transfer: [this] }).slice(0, newLength);
    },
  });
}

/** Whether the memory under it was given back. */
export function isReleased(bytes: ArrayBufferView): boolean {
  return bytes.buffer.byteLength === 0;
}
