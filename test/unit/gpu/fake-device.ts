/** A GPU device of plain memory: what is written to its buffers can be looked at, and the queue waits when told to. */

const USAGE = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, STORAGE: 128 };

export interface FakeBuffer {
  readonly label: string;
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export class FakeDevice {
  readonly buffers: FakeBuffer[] = [];
  /** Called for each write. */
  onWrite: (bytes: number) => void = () => undefined;
  /** What `onSubmittedWorkDone` gives. */
  workDone: () => Promise<undefined> = () => Promise.resolve(undefined);

  constructor() {
    Object.assign(globalThis, { GPUBufferUsage: USAGE });
  }

  get device(): GPUDevice {
    const createBuffer = ({ label = '', size }: GPUBufferDescriptor): object => {
      const bytes = new Uint8Array(size);
      const buffer = { label, size, bytes, getMappedRange: () => bytes.buffer, unmap: () => undefined };
      this.buffers.push(buffer);
      return buffer;
    };
    const writeBuffer = (to: unknown, at: number, data: ArrayBuffer, offset: number, length: number): void => {
      // As the real one refuses.
      if (at % 4 !== 0 || length % 4 !== 0) throw new RangeError(`${length} bytes to ${at} are not whole words`);
      if (at + length > (to as FakeBuffer).size) throw new RangeError(`${at + length} is past the buffer`);
      (to as FakeBuffer).bytes.set(new Uint8Array(data, offset, length), at);
      this.onWrite(length);
    };
    const queue = { writeBuffer, submit: () => undefined, onSubmittedWorkDone: () => this.workDone() };
    return { createBuffer, queue } as unknown as GPUDevice;
  }

  /** What was written to the buffer a kernel would read. */
  static bytes(buffer: GPUBuffer): Uint8Array<ArrayBuffer> {
    return (buffer as unknown as FakeBuffer).bytes;
  }
}
