/** Memory that plans refer to: scratch that is nobody's for longer than a run, and one block of state for each stream. */
import { SttError } from '../errors.js';
import type { WasmHost } from './host.js';

/** What wasm32 can address: an address of more names a seat, see `seatedAddress`. */
const MAX_BYTES = 2 ** 32;

/** Bytes `offset` of the block that whoever sits in seat `seat` (0 …) has when the plan runs. Adding to it moves it there. */
export function slotAddress(seat: number, offset: number): number {
  return (seat + 1) * MAX_BYTES + offset;
}

/** A plan has so many seats at most: greater numbers are no addresses at all. */
const MOST_SEATS = 4;
export const END_OF_SLOTS = slotAddress(MOST_SEATS, 0);

/** The seat and offset of such an address; undefined for one that is what it says. */
export function slotOf(address: number): { readonly seat: number; readonly offset: number } | undefined {
  if (address < MAX_BYTES) return undefined;
  return { seat: Math.floor(address / MAX_BYTES) - 1, offset: address % MAX_BYTES };
}

/** Buffers by name, allocated on first use. Streams share them, but those that different threads may run at once. */
export class Scratch {
  readonly #host: WasmHost;
  readonly #owner: string;
  readonly #buffers = new Map<string, number>();
  readonly #lanes: Scratch[] = [];

  constructor(host: WasmHost, owner: string) {
    this.#host = host;
    this.#owner = owner;
  }

  /** What lane `lane` (0 …) of a plan has: buffers of its own where threads may go through lanes at the same time. */
  forBranch(lane: number): Scratch {
    if (!this.#host.pool || lane === 0) return this;
    return (this.#lanes[lane] ??= new Scratch(this.#host, `${this.#owner} ${lane}`));
  }

  /** A buffer of `floats` f32. The same name always asks for the same size. */
  f32(name: string, floats: number): number {
    let at = this.#buffers.get(name);
    if (at === undefined) {
      at = this.#host.arena.alloc(floats * 4, `${this.#owner} ${name}`);
      this.#buffers.set(name, at);
    }
    return at;
  }

  /** `floats` f32 for each part that a call may be shared out in, one after the other. A whole number of cache lines. */
  perPart(name: string, floats: number): number {
    return this.f32(name, floats * (this.#host.pool?.parts ?? 1));
  }
}

/** Hands out one stream's block from its start: at `base`, or wherever the block of a seat will be. */
export class StateLayout {
  readonly #base: number;
  #used = 0;

  constructor(base: number) {
    this.#base = base;
  }

  static ofSlot(seat: number): StateLayout {
    return new StateLayout(slotAddress(seat, 0));
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
