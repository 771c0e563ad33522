/** The memory that plans refer to: scratch buffers, valid during one run, and a block of state for each stream. */
import { SttError } from '../errors.js';
import type { WasmHost } from './host.js';

/** Bytes that wasm32 can address; greater numbers are addresses of slots, see `slotAddress`. */
const MAX_BYTES = 2 ** 32;

/**
 * The address `offset` bytes into the state of the stream that is bound to slot `slot` (0 …) when the plan runs. Arithmetic on
 * it works as on a plain address.
 */
export function slotAddress(slot: number, offset: number): number {
  return (slot + 1) * MAX_BYTES + offset;
}

/** Slots of a plan at most. */
const MAX_SLOTS = 4;
/** Numbers from here on are not addresses. */
export const END_OF_SLOTS = slotAddress(MAX_SLOTS, 0);

/** The slot and offset of an address made by `slotAddress`; undefined for a plain address. */
export function slotOf(address: number): { readonly slot: number; readonly offset: number } | undefined {
  if (address < MAX_BYTES) return undefined;
  return { slot: Math.floor(address / MAX_BYTES) - 1, offset: address % MAX_BYTES };
}

/** Buffers by name, allocated on first use and shared by all streams. */
export class Scratch {
  readonly #host: WasmHost;
  readonly #owner: string;
  readonly #buffers = new Map<string, number>();
  readonly #branches: Scratch[] = [];

  constructor(host: WasmHost, owner: string) {
    this.#host = host;
    this.#owner = owner;
  }

  /** Buffers for one branch (0 …) of `PlanBuilder.parallel`: separate ones if threads may run branches at the same time. */
  forBranch(branch: number): Scratch {
    if (!this.#host.pool || branch === 0) return this;
    return (this.#branches[branch] ??= new Scratch(this.#host, `${this.#owner} ${branch}`));
  }

  /** A buffer of `floats` f32. Every call for one name must ask for the same size. */
  f32(name: string, floats: number): number {
    let at = this.#buffers.get(name);
    if (at === undefined) {
      at = this.#host.arena.alloc(floats * 4, `${this.#owner} ${name}`);
      this.#buffers.set(name, at);
    }
    return at;
  }

  /** A buffer of `floats` f32, a whole number of cache lines, for each part of a divided call. */
  perPart(name: string, floats: number): number {
    return this.f32(name, floats * (this.#host.pool?.parts ?? 1));
  }
}

/** Allocates a stream's state from the start of its block, at `base` or at the base of a slot. */
export class StateLayout {
  readonly #base: number;
  #used = 0;

  constructor(base: number) {
    this.#base = base;
  }

  static ofSlot(slot: number): StateLayout {
    return new StateLayout(slotAddress(slot, 0));
  }

  get bytes(): number {
    return this.#used;
  }

  /** `count` words of four bytes, 16-byte aligned. */
  words(count: number): number {
    const at = this.#base + this.#used;
    this.#used += Math.ceil(count / 4) * 16;
    if (this.#used > MAX_BYTES) {
      throw new SttError(
        'out-of-memory',
        `one stream needs more than ${this.#used} bytes of state, WebAssembly has ${MAX_BYTES}`,
      );
    }
    return at;
  }
}
