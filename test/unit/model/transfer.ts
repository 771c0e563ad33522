/** `ArrayBuffer.prototype.transfer`, for versions of Node without it. */
if (!('transfer' in ArrayBuffer.prototype)) {
  Object.defineProperty(ArrayBuffer.prototype, 'transfer', {
    value(this: ArrayBuffer, newLength: number) {
      return structuredClone(this, { transfer: [this] }).slice(0, newLength);
    },
  });
}

/** Whether the buffer of `bytes` was released. */
export function isReleased(bytes: ArrayBufferView): boolean {
  return bytes.buffer.byteLength === 0;
}
