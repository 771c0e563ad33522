/** A fake GPU device in plain memory, whose buffers can be inspected and whose queue can be delayed. */

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
  /** The result of `onSubmittedWorkDone`. */
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
      // A real queue rejects these too.
      if (at % 4 !== 0 || length % 4 !== 0) throw new RangeError(`${length} bytes to ${at} are not whole words`);
      if (at + length > (to as FakeBuffer).size) throw new RangeError(`${at + length} is past the buffer`);
      (to as FakeBuffer).bytes.set(new Uint8Array(data, offset, length), at);
      this.onWrite(length);
    };
    const queue = { writeBuffer, submit: () => undefined, onSubmittedWorkDone: () => this.workDone() };
    return { createBuffer, queue } as unknown as GPUDevice;
  }

  /** The bytes written to a buffer. */
  static bytes(buffer: GPUBuffer): Uint8Array<ArrayBuffer> {
    return (buffer as unknown as FakeBuffer).bytes;
  }
}
