/** Writes a list of kernel calls into memory once, so that a frame is one call that replays it. */
import { SttError } from '../errors.js';
import { slotOf } from './state-blocks.js';
import { parallel, call, type Calls, type SectionCode } from './calls.js';
import type { WasmHost } from './host.js';
import type { OpArgs, OpName } from './ops.js';
import type { Pool, Section } from './pool.js';

/** A plan laid out in memory. Replaying it allocates nothing. */
export interface Plan {
  /** Kernel calls in the plan. */
  readonly length: number;
  /** How often threads meet in a run. */
  readonly barriers: number;
  /** From the next run on, addresses of seat `seat` (`seatedAddress`) lie in the block at `base`. */
  bindSlot(seat: number, base: number): void;
  run(): void;
  /** Gives its memory back. */
  release(): void;
}

export class PlanBuilder {
  /** Where calls are appended: a lane's own while it is written. */
  #calls: Calls[] = [];

  /** Appends one call. Every argument is checked to be a number that fits its place. */
  op<N extends OpName>(name: N, args: OpArgs<N>): this {
    this.#calls.push(call(name, args));
    return this;
  }

  /**
   * Appends the calls of `lanes` lanes, each as `write` writes it, as many for one as for another. No lane may touch what another
   * writes, here or in an `apart` of as many lanes right after: threads may go through them at the same time.
   */
  parallel(lanes: number, write: (lane: number) => void): this {
    const outer = this.#calls;
    const written = Array.from({ length: lanes }, (_, lane) => {
      const own = (this.#calls = [] as Calls[]);
      write(lane);
      return own;
    });
    this.#calls = outer;
    const lengths = written.map(({ length }) => length);
    if (new Set(lengths).size > 1) throw new SttError('internal', `plan: lanes of ${lengths.join(', ')} calls`);
    outer.push(parallel(written));
    return this;
  }

  /** Lays the plan out in the host's memory, shared out where the host has a pool. */
  build(host: WasmHost, what: string): Plan {
    const length = this.#calls.reduce((sum, { count }) => sum + count, 0);
    return host.pool ? this.#buildShared(host, host.pool, what, length) : this.#buildWhole(host, what, length);
  }

  #buildWhole(host: WasmHost, what: string, length: number): Plan {
    const words = this.#calls.flatMap(({ words }) => words);
    const { start, ...placed } = place(host, words, what);
    const end = start + words.length * 4;
    const { run } = host.kernels;
    return planOf({ length, barriers: 0 }, placed, () => run(start, end));
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
    return planOf({ length, barriers: tables.length }, placed, () => pool.run(sections));
  }

  #draft(most: number): SectionCode[] {
    const drafts: SectionCode[] = [];
    for (const draft of this.#calls.flatMap((calls) => calls.sections(most))) {
      const last = drafts[drafts.length - 1];
      if (last && follows(last, draft)) {
        const parts = draft.parts.map((words, i) => [...(last.parts[i] ?? []), ...words]);
        drafts[drafts.length - 1] = { parts, chainKey: draft.chainKey, work: last.work + draft.work };
      } else drafts.push(draft);
    }
    return drafts;
  }
}

/**
 * What threads do without a meeting at most. One that gets to work late, or that another program keeps from its core, has
 * all others wait at the end: what it has not begun by then they could have done.
 */
const MOST_WORK = 8_000_000;

/** Whether each part may run right after the same part of `last`, whatever the others are at. */
function follows(last: SectionCode, { parts, chainKey, work }: SectionCode): boolean {
  if (parts.length === 1) return last.parts.length === 1;
  return chainKey !== undefined && chainKey === last.chainKey && last.work + work <= MOST_WORK;
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
    const seated = slotOf(word);
    arena.u32[start / 4 + i] = seated?.offset ?? word;
    if (!seated) continue;
    const seat = (seats[seated.seat] ??= { base: undefined, words: [], offsets: [] });
    seat.words.push(start / 4 + i);
    seat.offsets.push(seated.offset);
  }
  return { start, seats, u32: () => arena.u32, release: () => arena.release(start, bytes) };
}

function planOf(
  counts: Pick<Plan, 'length' | 'barriers'>,
  { seats, u32, release }: Omit<Placed, 'start'>,
  run: () => void,
): Plan {
  return {
    ...counts,
    release,
    bindSlot: (index, base) => {
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
