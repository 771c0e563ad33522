/** Writes to GPU buffers without ever letting much of it wait in the queue. */

/** Bytes written between two fences; at most two such lots are under way. */
const LOT = 32 * 1024 * 1024;

/**
 * What `writeBuffer` is given is copied, and the copy lives until the GPU has taken it. Unwaited for, a model's weights
 * would all lie in the browser's GPU process at once.
 */
export class Uploads {
  readonly #device: GPUDevice;
  #written = 0;
  #fence: Promise<undefined> | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The first `bytes` of `data` to byte `offset` of `buffer`; both multiples of 4. `data` is free again on return. */
  write(buffer: GPUBuffer, offset: number, data: ArrayBufferView<ArrayBuffer>, bytes: number): void {
    this.#device.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, bytes);
    this.#written += bytes;
  }

  /** Resolves when there is room for more: at once, unless two lots are under way. */
  async room(): Promise<void> {
    if (this.#written < LOT) return;
    this.#written = 0;
    const before = this.#fence;
    this.#fence = this.#next();
    await before;
  }

  /** Resolves when the GPU has taken everything. */
  async done(): Promise<void> {
    await this.#next();
  }

  /** An empty submit, because writes that nothing follows may be kept back. */
  #next(): Promise<undefined> {
    const { queue } = this.#device;
    queue.submit([]);
    return queue.onSubmittedWorkDone();
  }
}
