/** WebAssembly memory: how much of it this thread can have, found out by reserving it. */
import { SttError } from '../errors.js';

export const PAGE_BYTES = 65_536;
/** Pages that wasm32 can address: 4 GiB. */
export const MAX_PAGES = 65_536;

export type CreateMemory = (descriptor: WebAssembly.MemoryDescriptor) => WebAssembly.Memory;

export const createMemory: CreateMemory = (descriptor) => new WebAssembly.Memory(descriptor);

/** Shares of what is needed that are tried where all of it is refused, for the message. */
const EIGHTHS = [7, 6, 5, 4, 3, 2, 1];

/**
 * Bytes that could be reserved: `bytes` and a little more where that is possible, else as many eighths of it as are. The memory
 * is garbage at once. It costs no physical memory, because it is never written to: docs/decisions/0021.
 */
export function reservable(bytes: number, create: CreateMemory = createMemory): number {
  const wanted = Math.ceil(bytes / PAGE_BYTES);
  for (const pages of [wanted, ...EIGHTHS.map((eighth) => Math.floor((Math.min(wanted, MAX_PAGES) * eighth) / 8))]) {
    if (pages > MAX_PAGES) continue;
    try {
      return create({ initial: pages }).buffer.byteLength;
    } catch {
      // Browsers throw different things where there is too little: RangeErrors, Firefox a string.
    }
  }
  return 0;
}

/** Throws `out-of-memory` where `bytes` cannot be reserved. */
export function requireMemory(what: string, bytes: number, create?: CreateMemory): void {
  const got = reservable(bytes, create);
  if (got < bytes)
    throw new SttError('out-of-memory', `${what}: needs ${bytes} bytes of WebAssembly memory, got ${got}`);
}

/**
 * Memory of `initial` pages that may grow, from `first` where `initial` is refused: an estimate must not keep a model out
 * that would have fitted. Throws `out-of-memory` where not even `first` can be had.
 */
export function growableMemory(first: number, initial: number, create: CreateMemory): WebAssembly.Memory {
  return firstOf([{ initial: Math.min(Math.max(first, initial), MAX_PAGES) }, { initial: first }], create);
}

/**
 * The same for memory that threads share, which says at first how much it may become: all that wasm32 can address where
 * that much address space can be had. Undefined where no shared memory can.
 */
export function sharedMemory(
  first: number,
  initial: number,
  create: CreateMemory,
): { readonly memory: WebAssembly.Memory; readonly maximum: number } | undefined {
  const pages = Math.min(Math.max(first, initial), MAX_PAGES);
  for (const from of new Set([pages, first]))
    for (const maximum of new Set([MAX_PAGES, Math.min(2 * pages, MAX_PAGES), pages])) {
      try {
        return { memory: create({ initial: from, maximum, shared: true }), maximum };
      } catch {
        // The next one is smaller.
      }
    }
  return undefined;
}

function firstOf(descriptors: readonly WebAssembly.MemoryDescriptor[], create: CreateMemory): WebAssembly.Memory {
  let failure: unknown;
  for (const descriptor of descriptors) {
    try {
      return create(descriptor);
    } catch (cause) {
      failure = cause;
    }
  }
  throw SttError.from(failure, 'WebAssembly memory', 'out-of-memory');
}
