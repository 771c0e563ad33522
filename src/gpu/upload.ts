/** Writes to GPU buffers and bounds the bytes that wait in the queue. */

/** Bytes between two fences. At most twice as many are in flight. */
const FENCE_BYTES = 32 * 1024 * 1024;

/**
 * `writeBuffer` copies its data, and the copy lives until the GPU has processed it. Without waiting, all weights of a
 * model would be in the browser's GPU process at once.
 */
export class Uploads {
  readonly #device: GPUDevice;
  #written = 0;
  #fence: Promise<undefined> | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Writes the first `bytes` of `data` to byte `offset` of `buffer`; both are multiples of 4. `data` may be reused on return. */
  write(buffer: GPUBuffer, offset: number, data: ArrayBufferView<ArrayBuffer>, bytes: number): void {
    this.#device.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, bytes);
    this.#written += bytes;
  }

  /** Resolves when the queue has room: immediately, unless the bytes between two fences are still in flight. */
  async room(): Promise<void> {
    if (this.#written < FENCE_BYTES) return;
    this.#written = 0;
    const previous = this.#fence;
    this.#fence = this.#fenceNow();
    await previous;
  }

  /** Resolves when the GPU has processed everything. */
  async done(): Promise<void> {
    await this.#fenceNow();
  }

  /** Resolves when all writes so far are processed. The empty submit is needed because browsers may hold back writes that nothing follows. */
  #fenceNow(): Promise<undefined> {
    const { queue } = this.#device;
    queue.submit([]);
    return queue.onSubmittedWorkDone();
  }
}
