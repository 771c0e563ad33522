/** Simulates a device with little WebAssembly memory. */
import { PAGE_BYTES, type CreateMemory } from '../../../src/wasm/reserve.js';

interface LimitedMemory {
  readonly create: CreateMemory;
  /** Requests so far. */
  readonly asked: WebAssembly.MemoryDescriptor[];
}

/** Refuses to create a memory of more than `limit` bytes, or to grow it beyond them. `sizeOf`: bytes that a request counts as. */
export function limitedMemory(
  limit: number,
  sizeOf = ({ initial }: WebAssembly.MemoryDescriptor): number => initial * PAGE_BYTES,
): LimitedMemory {
  const asked: WebAssembly.MemoryDescriptor[] = [];
  const create: CreateMemory = (descriptor) => {
    asked.push(descriptor);
    if (sizeOf(descriptor) > limit) throw new RangeError('WebAssembly.Memory(): could not allocate memory');
    const memory = new WebAssembly.Memory(descriptor);
    const grow = memory.grow.bind(memory);
    memory.grow = (pages) => {
      if (memory.buffer.byteLength + pages * PAGE_BYTES > limit)
        throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
      return grow(pages);
    };
    return memory;
  };
  return { create, asked };
}
