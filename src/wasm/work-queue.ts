/** A lock-free queue in shared memory, from which the owner and its helper threads take the parts of one divided call. */

/**
 * Layout of the head word: the parts that are not yet taken in the low bits, above them a number that changes with every
 * call. A thread takes a part by decrementing the head with compare-and-swap. A late thread delays no one: others take its
 * parts.
 */
const PARTS_BITS = 8;
const PARTS_MASK = (1 << PARTS_BITS) - 1;
/** Parts of one call at most. */
export const MAX_PARTS = PARTS_MASK;

/** Indices of 32-bit words. Words that one thread writes while others poll them are on separate cache lines. */
const HEAD = 0;
/** Word index in memory of the table of the call's parts. */
const TABLE = 1;
/** 1 once no more calls will follow. */
const STOP = 2;
/** Parts of the call that are not complete. */
const LEFT = 32;
/** 1 while the owner sleeps until LEFT is 0. */
const OWNER_SLEEPS = 33;
/** Helpers that sleep until HEAD changes. */
const SLEEPING_HELPERS = 64;
/** 1 once a part has failed on a helper. */
const FAILED = 65;
const WORDS = 96;

/** Bytes of the queue. */
export const QUEUE_BYTES = WORDS * 4;

/**
 * How long a thread polls before it sleeps: longer than most sections that the owner runs alone, and than most trips through
 * the event loop between two plans.
 */
const SPIN_MS = 0.5;
/** Polls between two checks of the clock. */
const POLLS = 256;

/** Polls until `index` differs from `value`; false if it is time to sleep. */
function spin(words: Int32Array, index: number, value: number): boolean {
  const since = performance.now();
  do {
    for (let i = 0; i < POLLS; i++) if (Atomics.load(words, index) !== value) return true;
  } while (performance.now() - since < SPIN_MS);
  return false;
}

/** The queue as seen by the thread that runs plans. */
export class QueueOwner {
  readonly #words: Int32Array;
  #head = 0;

  /** @param at byte address of `QUEUE_BYTES` zeros in `memory`, which is shared */
  constructor(memory: WebAssembly.Memory, at: number) {
    this.#words = new Int32Array(memory.buffer, at, WORDS);
  }

  /** Helpers that are asleep now. */
  get sleepingHelpers(): number {
    return Atomics.load(this.#words, SLEEPING_HELPERS);
  }

  get failed(): boolean {
    return Atomics.load(this.#words, FAILED) === 1;
  }

  /** Offers parts 0 … `parts` − 1 of the call whose table begins at word `table` of memory. */
  publish(table: number, parts: number): void {
    const words = this.#words;
    Atomics.store(words, LEFT, parts);
    Atomics.store(words, TABLE, table);
    this.#head = ((this.#head & ~PARTS_MASK) + PARTS_MASK + 1) | parts;
    Atomics.store(words, HEAD, this.#head);
    if (Atomics.load(words, SLEEPING_HELPERS) > 0) Atomics.notify(words, HEAD);
  }

  /** Takes a part and returns its index; −1 if all are taken. */
  take(): number {
    for (;;) {
      const head = Atomics.load(this.#words, HEAD);
      const parts = head & PARTS_MASK;
      if (parts === 0) return -1;
      if (Atomics.compareExchange(this.#words, HEAD, head, head - 1) === head) return parts - 1;
    }
  }

  /** Marks a part that the owner took as complete. */
  complete(): void {
    Atomics.sub(this.#words, LEFT, 1);
  }

  /** Waits until every part is complete. Returns the milliseconds it took, Infinity after `timeoutMs`. */
  waitForAll(timeoutMs: number): number {
    const words = this.#words;
    if (Atomics.load(words, LEFT) === 0) return 0;
    const since = performance.now();
    // In slices: when a machine wakes from sleep, the timeout of a single wait would already have expired.
    for (let slices = 10; ;) {
      const left = Atomics.load(words, LEFT);
      if (left === 0) return performance.now() - since;
      if (spin(words, LEFT, left)) continue;
      Atomics.store(words, OWNER_SLEEPS, 1);
      const outcome = Atomics.wait(words, LEFT, left, timeoutMs / 10);
      Atomics.store(words, OWNER_SLEEPS, 0);
      if (outcome === 'timed-out' && --slices === 0) return Infinity;
    }
  }

  /** Makes `runParts` return in all helpers. */
  stop(): void {
    Atomics.store(this.#words, STOP, 1);
    this.#head = (this.#head & ~PARTS_MASK) + PARTS_MASK + 1;
    Atomics.store(this.#words, HEAD, this.#head);
    Atomics.notify(this.#words, HEAD);
  }
}

/**
 * The loop of a helper thread: takes parts and runs them until the owner stops the queue; sleeps while there are none.
 * @param run runs the code between two byte addresses
 * @throws what `run` throws, after setting the queue's failure flag
 */
export function runParts(memory: WebAssembly.Memory, at: number, run: (from: number, to: number) => void): void {
  const words = new Int32Array(memory.buffer, at, WORDS);
  let plans = new Int32Array(memory.buffer);
  for (;;) {
    const head = Atomics.load(words, HEAD);
    const parts = head & PARTS_MASK;
    if (parts === 0) {
      if (Atomics.load(words, STOP) === 1) return;
      if (spin(words, HEAD, head)) continue;
      Atomics.add(words, SLEEPING_HELPERS, 1);
      Atomics.wait(words, HEAD, head);
      Atomics.sub(words, SLEEPING_HELPERS, 1);
      continue;
    }
    // Read before the part is taken: TABLE belongs to this head as long as parts of it are left.
    const entry = Atomics.load(words, TABLE) + parts - 1;
    if (Atomics.compareExchange(words, HEAD, head, head - 1) !== head) continue;
    // Memory may have grown: newer plans can lie beyond the end of an older view.
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
