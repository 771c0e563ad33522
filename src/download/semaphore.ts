/** At most so many at a time, first come, first served. */

/** Bytes of one file that may be under way at a time: each chunk is held until it is verified. */
const UNDER_WAY = 32 * 1024 * 1024;

/** How many of `lanes` a file in chunks of `chunkBytes` may take. */
export function connectionsFor(chunkBytes: number, lanes: number): number {
  return Math.max(1, Math.min(lanes, Math.floor(UNDER_WAY / chunkBytes)));
}

export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves, when it is the caller's turn, with the function that gives the lane back; further calls of that do nothing. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
