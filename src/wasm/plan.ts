/** Writes a list of kernel calls into memory once, so that a frame is one call that replays it. */
import { SttError } from '../errors.js';
import { END_OF_SEATS, seatOf } from './blocks.js';
import { share } from './cuts.js';
import type { WasmHost } from './host.js';
import { OP_NAMES, OPS, type OpArgs, type OpName } from './ops.js';
import type { Pool, Section } from './pool.js';

/** A plan laid out in memory. Replaying it allocates nothing. */
export interface Plan {
  /** Kernel calls in the plan. */
  readonly length: number;
  /** From the next run on, addresses of seat `seat` (`seatedAddress`) lie in the block at `base`. */
  seat(seat: number, base: number): void;
  run(): void;
  /** Gives its memory back. */
  release(): void;
}

/** Calls before they have an address: the words of each part, one where they are not shared out. */
interface Draft {
  readonly parts: number[][];
  /** See `Shared.along`. */
  readonly along: string | undefined;
}

export class PlanBuilder {
  /** Each call, shared out in so many parts at most. */
  readonly #calls: ((most: number) => Draft)[] = [];

  /** Appends one call. Every argument is checked to be a number that fits its place. */
  op<N extends OpName>(name: N, args: OpArgs<N>): this {
    const whole = encode(name, args);
    this.#calls.push((most) => {
      const shared = most > 1 ? share(name, args, most) : undefined;
      return { parts: shared?.parts.map((part) => encode(name, part)) ?? [[...whole]], along: shared?.along };
    });
    return this;
  }

  /** Lays the plan out in the host's memory, shared out where the host has a pool. */
  build(host: WasmHost, what: string): Plan {
    const { length } = this.#calls;
    return host.pool ? this.#buildShared(host, host.pool, what, length) : this.#buildWhole(host, what, length);
  }

  #buildWhole(host: WasmHost, what: string, length: number): Plan {
    const words = this.#calls.flatMap((call) => call(1).parts.flat());
    const { start, ...placed } = place(host, words, what);
    const end = start + words.length * 4;
    const { run } = host.kernels;
    return planOf(length, placed, () => run(start, end));
  }

  /** The code of all parts in the order one thread would run them, then for each shared section where its parts begin. */
  #buildShared(host: WasmHost, pool: Pool, what: string, length: number): Plan {
    const drafts = this.#draft(pool.parts);
    const code = drafts.flatMap(({ parts }) => parts.flat());
    const tables = drafts.filter(({ parts }) => parts.length > 1).map(({ parts }) => parts.length + 1);
    const room = tables.reduce((sum, words) => sum + words, 0);
    const { start, ...placed } = place(host, [...code, ...new Array<number>(room).fill(0)], what);
    const { u32 } = host.arena;
    let from = start;
    let table = start / 4 + code.length;
    const sections = drafts.map(({ parts }): Section => {
      const ends = parts.map((words) => (from += words.length * 4));
      const begins = ends.map((end, i) => end - (parts[i]?.length ?? 0) * 4);
      const section = { from: begins[0] ?? from, to: from, parts: parts.length, table };
      if (parts.length > 1) {
        u32.set([...begins, from], table);
        table += parts.length + 1;
      }
      return section;
    });
    return planOf(length, placed, () => pool.run(sections));
  }

  #draft(most: number): Draft[] {
    const drafts: Draft[] = [];
    for (const call of this.#calls) {
      const draft = call(most);
      const last = drafts[drafts.length - 1];
      if (last && follows(last, draft)) for (const [i, words] of draft.parts.entries()) last.parts[i]?.push(...words);
      else drafts.push(draft);
    }
    return drafts;
  }
}

/** Whether each part may run right after the same part of `last`, whatever the others are at. */
function follows(last: Draft, { parts, along }: Draft): boolean {
  if (parts.length === 1) return last.parts.length === 1;
  return along !== undefined && along === last.along;
}

/** The words of a plan that hold addresses of one seat. */
interface Seat {
  /** Undefined as long as nobody has sat there. */
  base: number | undefined;
  readonly words: number[];
  readonly offsets: number[];
}

/** Words in memory. */
interface Placed {
  /** Where they begin. */
  readonly start: number;
  /** By number; one that no word is of is missing. */
  readonly seats: readonly (Seat | undefined)[];
  readonly u32: () => Uint32Array;
  readonly release: () => void;
}

/** Copies words into memory, those of a seat as what they are beyond its base. */
function place({ arena }: WasmHost, words: readonly number[], what: string): Placed {
  const bytes = words.length * 4;
  const start = arena.alloc(bytes, what);
  const seats: (Seat | undefined)[] = [];
  for (const [i, word] of words.entries()) {
    const seated = seatOf(word);
    arena.u32[start / 4 + i] = seated?.offset ?? word;
    if (!seated) continue;
    const seat = (seats[seated.seat] ??= { base: undefined, words: [], offsets: [] });
    seat.words.push(start / 4 + i);
    seat.offsets.push(seated.offset);
  }
  return { start, seats, u32: () => arena.u32, release: () => arena.release(start, bytes) };
}

function planOf(length: number, { seats, u32, release }: Omit<Placed, 'start'>, run: () => void): Plan {
  return {
    length,
    release,
    seat: (index, base) => {
      const seat = seats[index];
      if (!seat || seat.base === base) return;
      seat.base = base;
      const memory = u32();
      for (let i = 0; i < seat.words.length; i++) memory[seat.words[i] ?? 0] = base + (seat.offsets[i] ?? 0);
    },
    run: () => {
      for (let i = 0; i < seats.length; i++) {
        const seat = seats[i];
        if (seat && seat.base === undefined) throw new SttError('internal', `plan: nobody sits in seat ${i}`);
      }
      run();
    },
  };
}

const bits = new DataView(new ArrayBuffer(4));

/** Opcode and arguments as kernels/wasm/run.ts reads them. */
function encode<N extends OpName>(name: N, args: OpArgs<N>): number[] {
  const words = [OP_NAMES.indexOf(name)];
  for (const declared of OPS[name]) {
    const isFloat = declared.endsWith(':f');
    const key = isFloat ? declared.slice(0, -2) : declared;
    words.push(encodeOne(name, key, (args as Record<string, number>)[key], isFloat));
  }
  return words;
}

function encodeOne(op: string, key: string, value: number | undefined, isFloat: boolean): number {
  if (isFloat && value !== undefined && Number.isFinite(value)) {
    bits.setFloat32(0, value);
    return bits.getUint32(0);
  }
  if (!isFloat && value !== undefined && Number.isInteger(value) && value >= 0 && value < END_OF_SEATS) return value;
  throw new SttError('internal', `plan: ${op}.${key} is ${String(value)}, expected ${isFloat ? 'an f32' : 'a u32'}`);
}
