/** WebAssembly memory as on a device that has too little of it. */
import { PAGE_BYTES, type CreateMemory } from '../../../src/wasm/reserve.js';

export interface LimitedMemory {
  readonly create: CreateMemory;
  /** What was asked for so far. */
  readonly asked: WebAssembly.MemoryDescriptor[];
}

/** Refuses a memory of more than `limit` bytes, and its growth beyond them. `sizeOf`: what a memory counts as. */
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
