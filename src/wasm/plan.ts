/** Builds plans: lists of kernel calls in WASM memory, which one call replays for every step or frame. */
import { SttError } from '../errors.js';
import { slotOf } from './state-blocks.js';
import { parallel, call, type Calls, type SectionCode } from './calls.js';
import type { WasmHost } from './host.js';
import type { OpArgs, OpName } from './ops.js';
import type { Pool, Section } from './pool.js';

/** A plan in memory. Running it allocates nothing. */
export interface Plan {
  /** Number of kernel calls. */
  readonly length: number;
  /** Number of sections divided among threads; the threads synchronise after each. */
  readonly barriers: number;
  /** Makes the addresses of slot `slot` (see `slotAddress`) refer to the block at `base`, from the next run on. */
  bindSlot(slot: number, base: number): void;
  run(): void;
  /** Frees the plan's memory. */
  release(): void;
}

export class PlanBuilder {
  /** Where calls are appended: a branch's own list while `parallel` builds it. */
  #calls: Calls[] = [];

  /** Appends one call. Throws `internal` for an argument that is not a number of the declared type. */
  op<N extends OpName>(name: N, args: OpArgs<N>): this {
    this.#calls.push(call(name, args));
    return this;
  }

  /**
   * Appends `count` independent branches with equally many calls each; `write` appends those of one branch. Threads may run
   * branches at the same time, so no branch may access what another writes, here or in a `parallel` of as many branches that
   * follows immediately.
   */
  parallel(count: number, write: (branch: number) => void): this {
    const outer = this.#calls;
    const written = Array.from({ length: count }, (_, branch) => {
      const own = (this.#calls = [] as Calls[]);
      write(branch);
      return own;
    });
    this.#calls = outer;
    const lengths = written.map(({ length }) => length);
    if (new Set(lengths).size > 1)
      throw new SttError('internal', `plan: parallel branches have ${lengths.join(', ')} calls, expected equally many`);
    outer.push(parallel(written));
    return this;
  }

  /** Writes the plan into the host's memory, divided among threads if the host has a pool. */
  build(host: WasmHost, what: string): Plan {
    const length = this.#calls.reduce((sum, { count }) => sum + count, 0);
    return host.pool ? this.#buildParallel(host, host.pool, what, length) : this.#buildSequential(host, what, length);
  }

  #buildSequential(host: WasmHost, what: string, length: number): Plan {
    const words = this.#calls.flatMap(({ words }) => words);
    const { start, ...placed } = place(host, words, what);
    const end = start + words.length * 4;
    const { run } = host.kernels;
    return planOf({ length, barriers: 0 }, placed, () => run(start, end));
  }

  /** Memory layout: the code of all parts in the order for one thread, then for each divided section a table of its parts. */
  #buildParallel(host: WasmHost, pool: Pool, what: string, length: number): Plan {
    const code = this.#sections(pool.parts);
    const words = code.flatMap(({ parts }) => parts.flat());
    const tables = code.filter(({ parts }) => parts.length > 1).map(({ parts }) => parts.length + 1);
    const tableWords = tables.reduce((sum, length) => sum + length, 0);
    const { start, ...placed } = place(host, [...words, ...new Array<number>(tableWords).fill(0)], what);
    const { u32 } = host.arena;
    let from = start;
    let table = start / 4 + words.length;
    const sections = code.map(({ parts }): Section => {
      const ends = parts.map((part) => (from += part.length * 4));
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

  /** The code of all calls, with consecutive sections merged where no barrier is needed between them. */
  #sections(maxParts: number): SectionCode[] {
    const merged: SectionCode[] = [];
    for (const next of this.#calls.flatMap((calls) => calls.sections(maxParts))) {
      const last = merged[merged.length - 1];
      if (last && canMerge(last, next)) {
        const parts = next.parts.map((words, i) => [...(last.parts[i] ?? []), ...words]);
        merged[merged.length - 1] = { parts, chainKey: next.chainKey, work: last.work + next.work };
      } else merged.push(next);
    }
    return merged;
  }
}

/**
 * The most work of a part between two barriers. All threads wait at a barrier for one that started late or lost its core to
 * another program; they could have done the parts that it has not yet started.
 */
const MAX_PART_WORK = 8_000_000;

/** Whether each part may run right after the same part of `last`, without a barrier. */
function canMerge(last: SectionCode, { parts, chainKey, work }: SectionCode): boolean {
  if (parts.length === 1) return last.parts.length === 1;
  return chainKey !== undefined && chainKey === last.chainKey && last.work + work <= MAX_PART_WORK;
}

/** The words of a plan that contain addresses of one slot. */
interface Slot {
  /** Undefined until the slot is bound. */
  base: number | undefined;
  readonly words: number[];
  readonly offsets: number[];
}

/** A plan's words in memory. */
interface Placed {
  /** Address of the first word. */
  readonly start: number;
  /** By slot number; undefined if no word refers to the slot. */
  readonly slots: readonly (Slot | undefined)[];
  readonly u32: () => Uint32Array;
  readonly release: () => void;
}

/** Copies words into memory; an address of a slot as its offset, until `bindSlot` adds the base. */
function place({ arena }: WasmHost, words: readonly number[], what: string): Placed {
  const bytes = words.length * 4;
  const start = arena.alloc(bytes, what);
  const slots: (Slot | undefined)[] = [];
  for (const [i, word] of words.entries()) {
    const address = slotOf(word);
    arena.u32[start / 4 + i] = address?.offset ?? word;
    if (!address) continue;
    const slot = (slots[address.slot] ??= { base: undefined, words: [], offsets: [] });
    slot.words.push(start / 4 + i);
    slot.offsets.push(address.offset);
  }
  return { start, slots, u32: () => arena.u32, release: () => arena.release(start, bytes) };
}

function planOf(
  counts: Pick<Plan, 'length' | 'barriers'>,
  { slots, u32, release }: Omit<Placed, 'start'>,
  run: () => void,
): Plan {
  return {
    ...counts,
    release,
    bindSlot: (index, base) => {
      const slot = slots[index];
      if (!slot || slot.base === base) return;
      slot.base = base;
      const memory = u32();
      for (let i = 0; i < slot.words.length; i++) memory[slot.words[i] ?? 0] = base + (slot.offsets[i] ?? 0);
    },
    run: () => {
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i];
        if (slot && slot.base === undefined) throw new SttError('internal', `plan: slot ${i} is not bound`);
      }
      run();
    },
  };
}
