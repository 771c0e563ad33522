/** Limits concurrent requests: a counting semaphore, first come, first served. */

/** Most bytes of one file in memory at a time: each chunk is held until it is verified. */
const MAX_BYTES = 32 * 1024 * 1024;

/** How many of `connections` a file in chunks of `chunkBytes` may use. */
export function connectionsFor(chunkBytes: number, connections: number): number {
  return Math.max(1, Math.min(connections, Math.floor(MAX_BYTES / chunkBytes)));
}

export class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves, when it is the caller's turn, with the function that releases its place; further calls do nothing. */
  async acquire(): Promise<() => void> {
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
