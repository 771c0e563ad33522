/** Allocates WebAssembly memory, and finds out how much this thread can reserve. */
import { SttError } from '../errors.js';

export const PAGE_BYTES = 65_536;
/** Pages that wasm32 can address: 4 GiB. */
export const MAX_PAGES = 65_536;

export type CreateMemory = (descriptor: WebAssembly.MemoryDescriptor) => WebAssembly.Memory;

export const createMemory: CreateMemory = (descriptor) => new WebAssembly.Memory(descriptor);

/** Fractions to try after a refusal, so that the error message can say how much is available. */
const EIGHTHS = [7, 6, 5, 4, 3, 2, 1];

/**
 * Bytes that could be reserved: `bytes`, rounded up to pages, or the most eighths of it. The memory is released at once, and
 * takes no physical memory because it is never written to: docs/decisions/0021.
 */
export function reservable(bytes: number, create: CreateMemory = createMemory): number {
  const wanted = Math.ceil(bytes / PAGE_BYTES);
  for (const pages of [wanted, ...EIGHTHS.map((eighth) => Math.floor((Math.min(wanted, MAX_PAGES) * eighth) / 8))]) {
    if (pages > MAX_PAGES) continue;
    try {
      return create({ initial: pages }).buffer.byteLength;
    } catch {
      // Too little memory: browsers throw a RangeError, Firefox a string.
    }
  }
  return 0;
}

/** Throws `out-of-memory` if `bytes` cannot be reserved. */
export function requireMemory(what: string, bytes: number, create?: CreateMemory): void {
  const most = MAX_PAGES * PAGE_BYTES;
  if (bytes > most)
    throw new SttError(
      'out-of-memory',
      `${what}: needs ${bytes} bytes of WebAssembly memory, which has ${most} at most: convert the model to Q4_0 (kyutai-stt convert), or run it on a GPU`,
    );
  const got = reservable(bytes, create);
  if (got < bytes)
    throw new SttError('out-of-memory', `${what}: needs ${bytes} bytes of WebAssembly memory, got ${got}`);
}

/**
 * Growable memory of `initial` pages, or of `first` if that is refused: `initial` is an estimate, and too high an estimate must
 * not reject a model that fits. Throws `out-of-memory` if even `first` pages are refused.
 */
export function growableMemory(first: number, initial: number, create: CreateMemory): WebAssembly.Memory {
  return firstOf([{ initial: Math.min(Math.max(first, initial), MAX_PAGES) }, { initial: first }], create);
}

/**
 * The same for memory that threads share. It declares its maximum size: all that wasm32 can address, or less where the browser
 * refuses that much address space. Undefined if shared memory cannot be created.
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
        // Try the next, smaller size.
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
