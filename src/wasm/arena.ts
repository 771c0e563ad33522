/** Allocates blocks of the WASM memory: weights stay for good, blocks of streams' state are reused. */
import { SttError } from '../errors.js';
import { MAX_PAGES, PAGE_BYTES } from './reserve.js';

/** Alignment of every block: a cache line. Kernels may read a few floats past a block's end. */
const ALIGN = 64;
/** Pages added at a time, 16 MB: each growth costs an engine about a millisecond, whatever its size. */
const STEP_PAGES = 256;

function roundUp(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  #top: number;
  readonly #free = new Map<number, number[]>();
  // Where threads share the memory these are views of shared memory, which some web APIs refuse: those get a copy.
  #u8: Uint8Array;
  #f32: Float32Array;
  #u32: Uint32Array;

  /** `base`: the first byte past the module's own data. */
  constructor(memory: WebAssembly.Memory, base: number) {
    this.memory = memory;
    this.#top = roundUp(base);
    this.#u8 = new Uint8Array(memory.buffer);
    this.#f32 = new Float32Array(memory.buffer);
    this.#u32 = new Uint32Array(memory.buffer);
  }

  /** Bytes of memory in use, freed blocks included. */
  get bytes(): number {
    return this.#top;
  }

  /** The whole memory as bytes. Read this again after every allocation: growth detaches the view, or leaves it too short. */
  get u8(): Uint8Array {
    return this.#u8;
  }

  /** The whole memory as f32; index = pointer / 4. */
  get f32(): Float32Array {
    return this.#f32;
  }

  /** The whole memory as u32; index = pointer / 4. */
  get u32(): Uint32Array {
    return this.#u32;
  }

  /**
   * A zeroed block of at least `bytes`, 64-byte aligned, followed by a readable margin.
   * Throws `out-of-memory` with the bytes needed and available.
   */
  alloc(bytes: number, what: string): number {
    const size = roundUp(bytes + ALIGN);
    const reused = this.#free.get(size)?.pop();
    if (reused !== undefined) {
      this.u8.fill(0, reused, reused + size);
      return reused;
    }
    const at = this.#top;
    this.#ensure(at + size, what);
    this.#top = at + size;
    return at;
  }

  /** Frees a block of `alloc(bytes)`, for the next allocation of the same size. */
  release(pointer: number, bytes: number): void {
    const size = roundUp(bytes + ALIGN);
    const blocks = this.#free.get(size);
    if (blocks) blocks.push(pointer);
    else this.#free.set(size, [pointer]);
  }

  #ensure(end: number, what: string): void {
    const pages = Math.ceil(end / PAGE_BYTES);
    const have = this.memory.buffer.byteLength / PAGE_BYTES;
    if (pages <= have) return;
    try {
      if (pages > MAX_PAGES) throw new RangeError('beyond 4 GiB');
      this.#grow(Math.min(have + STEP_PAGES, MAX_PAGES) - have, pages - have);
    } catch (cause) {
      const message = `${what}: needs ${end} bytes of memory, has ${this.memory.buffer.byteLength}`;
      throw new SttError('out-of-memory', message, { cause });
    }
    this.#u8 = new Uint8Array(this.memory.buffer);
    this.#f32 = new Float32Array(this.memory.buffer);
    this.#u32 = new Uint32Array(this.memory.buffer);
  }

  /** Grows by `wanted` pages, or by the `needed` ones if the engine refuses that many. */
  #grow(wanted: number, needed: number): void {
    if (wanted > needed) {
      try {
        this.memory.grow(wanted);
        return;
      } catch {
        // If growing by the needed pages fails too, its error is the one to report.
      }
    }
    this.memory.grow(needed);
  }
}
