/** Creates, labels, counts and frees the GPU buffers of one owner. */

/** The buffers of one owner, such as a model's weights or a batch. */
export class Buffers {
  readonly device: GPUDevice;
  readonly #owner: string;
  readonly #all: GPUBuffer[] = [];

  constructor(device: GPUDevice, owner: string) {
    this.device = device;
    this.#owner = owner;
  }

  /** Buffers that exist. */
  get count(): number {
    return this.#all.length;
  }

  /** Bytes of all buffers. */
  get bytes(): number {
    return this.#all.reduce((sum, { size }) => sum + size, 0);
  }

  /** Zeroed storage of at least `bytes` that kernels read and write, and that the queue copies to and from. */
  storage(name: string, bytes: number): GPUBuffer {
    return this.#make(name, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC);
  }

  /** Storage filled with `data`, padded to four bytes. */
  upload(name: string, data: ArrayBufferView): GPUBuffer {
    const size = Math.max(16, Math.ceil(data.byteLength / 4) * 4);
    const buffer = this.#make(name, size, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC, true);
    new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    buffer.unmap();
    return buffer;
  }

  /** A buffer that the host maps to read results. */
  readBack(name: string, bytes: number): GPUBuffer {
    return this.#make(name, bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
  }

  /** Destroys one buffer; commands that were already submitted may still use it. */
  release(buffer: GPUBuffer): void {
    const index = this.#all.indexOf(buffer);
    if (index >= 0) this.#all.splice(index, 1);
    buffer.destroy();
  }

  destroy(): void {
    for (const buffer of this.#all.splice(0)) buffer.destroy();
  }

  #make(name: string, bytes: number, usage: number, mappedAtCreation = false): GPUBuffer {
    const size = Math.max(16, Math.ceil(bytes / 4) * 4);
    const buffer = this.device.createBuffer({ label: `${this.#owner} ${name}`, size, usage, mappedAtCreation });
    this.#all.push(buffer);
    return buffer;
  }
}
