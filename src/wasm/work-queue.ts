/** The few words of shared memory by which threads share out calls: who may take the next part, and how many are not done. */

/**
 * A call that is shared out is announced as a ticket: its parts that nobody has taken yet in the low bits, above them a
 * number that differs from call to call. Whoever lowers the ticket by one owns the part it stood for. So a thread that
 * comes late, or never, keeps nobody waiting: others take its parts.
 */
const PARTS_BITS = 8;
const PARTS_MASK = (1 << PARTS_BITS) - 1;
/** Parts of one call at most. */
export const MOST_PARTS = PARTS_MASK;

/** Indices of 32-bit words. What one thread writes and others poll has cache lines of its own. */
const TICKET = 0;
/** Where the call's parts begin: an index into memory as words. */
const TABLE = 1;
/** 1 once there will be no more calls. */
const STOP = 2;
/** Parts of the call that are not done. */
const LEFT = 32;
/** 1 while the owner sleeps until LEFT is 0. */
const OWNER_SLEEPS = 33;
/** Helpers that sleep until TICKET changes. */
const SLEEPERS = 64;
/** 1 once a helper's part has failed. */
const FAILED = 65;
const WORDS = 96;

/** Bytes that all of it takes. */
export const QUEUE_BYTES = WORDS * 4;

/**
 * How long a thread watches for what it waits for before it sleeps: longer than most calls that one thread does alone, and
 * than most ways through the event loop from one plan of a round to the next.
 */
const WATCH_MS = 0.5;
/** Looks between two looks at the clock. */
const LOOKS = 256;

/** Whether `index` stops being `value` before it is time to sleep. */
function watch(words: Int32Array, index: number, value: number): boolean {
  const since = performance.now();
  do {
    for (let i = 0; i < LOOKS; i++) if (Atomics.load(words, index) !== value) return true;
  } while (performance.now() - since < WATCH_MS);
  return false;
}

/** What the thread that runs plans does with the words. */
export class QueueOwner {
  readonly #words: Int32Array;
  #ticket = 0;

  /** @param at byte address of `TICKETS_BYTES` zeros in `memory`, which is shared */
  constructor(memory: WebAssembly.Memory, at: number) {
    this.#words = new Int32Array(memory.buffer, at, WORDS);
  }

  /** Helpers that sleep now. */
  get sleepingHelpers(): number {
    return Atomics.load(this.#words, SLEEPERS);
  }

  get failed(): boolean {
    return Atomics.load(this.#words, FAILED) === 1;
  }

  /** Lets everybody take parts 0 … `parts` − 1 of the call whose table begins at word `table` of memory. */
  publish(table: number, parts: number): void {
    const words = this.#words;
    Atomics.store(words, LEFT, parts);
    Atomics.store(words, TABLE, table);
    this.#ticket = ((this.#ticket & ~PARTS_MASK) + PARTS_MASK + 1) | parts;
    Atomics.store(words, TICKET, this.#ticket);
    if (Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, TICKET);
  }

  /** A part to do, −1 when all are taken. */
  take(): number {
    for (;;) {
      const ticket = Atomics.load(this.#words, TICKET);
      const parts = ticket & PARTS_MASK;
      if (parts === 0) return -1;
      if (Atomics.compareExchange(this.#words, TICKET, ticket, ticket - 1) === ticket) return parts - 1;
    }
  }

  /** One part is done. */
  complete(): void {
    Atomics.sub(this.#words, LEFT, 1);
  }

  /** Returns when every part is done: the milliseconds it waited, Infinity where it gave up after `patienceMs`. */
  waitForAll(patienceMs: number): number {
    const words = this.#words;
    if (Atomics.load(words, LEFT) === 0) return 0;
    const since = performance.now();
    // In slices: a machine that was asleep wakes with its time already up.
    for (let slices = 10; ;) {
      const left = Atomics.load(words, LEFT);
      if (left === 0) return performance.now() - since;
      if (watch(words, LEFT, left)) continue;
      Atomics.store(words, OWNER_SLEEPS, 1);
      const outcome = Atomics.wait(words, LEFT, left, patienceMs / 10);
      Atomics.store(words, OWNER_SLEEPS, 0);
      if (outcome === 'timed-out' && --slices === 0) return Infinity;
    }
  }

  /** Tells helpers to end. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1);
    this.#ticket = (this.#ticket & ~PARTS_MASK) + PARTS_MASK + 1;
    Atomics.store(this.#words, TICKET, this.#ticket);
    Atomics.notify(this.#words, TICKET);
  }
}

/**
 * What a helper does with the words: takes parts and runs them until it is told to stop. Sleeps while there are none.
 * @param run runs the code between two byte addresses
 * @throws what `run` throws, when the owner has been told
 */
export function runParts(memory: WebAssembly.Memory, at: number, run: (from: number, to: number) => void): void {
  const words = new Int32Array(memory.buffer, at, WORDS);
  let plans = new Int32Array(memory.buffer);
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    const parts = ticket & PARTS_MASK;
    if (parts === 0) {
      if (Atomics.load(words, STOP) === 1) return;
      if (watch(words, TICKET, ticket)) continue;
      Atomics.add(words, SLEEPERS, 1);
      Atomics.wait(words, TICKET, ticket);
      Atomics.sub(words, SLEEPERS, 1);
      continue;
    }
    // Read before the part is taken: it belongs to this ticket as long as the ticket has parts.
    const entry = Atomics.load(words, TABLE) + parts - 1;
    if (Atomics.compareExchange(words, TICKET, ticket, ticket - 1) !== ticket) continue;
    // Plans made since memory last grew lie beyond the end of an older view.
    if (entry + 1 >= plans.length) plans = new Int32Array(memory.buffer);
    try {
      run(plans[entry] ?? 0, plans[entry + 1] ?? 0);
    } catch (cause) {
      Atomics.store(words, FAILED, 1);
      throw cause;
    } finally {
      if (Atomics.sub(words, LEFT, 1) === 1 && Atomics.load(words, OWNER_SLEEPS) === 1) Atomics.notify(words, LEFT);
    }
  }
}
