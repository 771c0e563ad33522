/** One updated line on a terminal with the time left; nothing elsewhere. */

/** The parts of `process.stderr` it uses. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const CLEAR = '\r\x1b[K';

export class ProgressLine {
  readonly #to: Terminal;
  readonly #now: () => number;
  readonly #began: number;

  /** @param now milliseconds */
  constructor(to: Terminal, now: () => number = () => performance.now()) {
    this.#to = to;
    this.#now = now;
    this.#began = now();
  }

  /** @param share of the work, 0 … 1 */
  show(what: string, share: number): void {
    if (!this.#to.isTTY) return;
    const elapsed = (this.#now() - this.#began) / 1000;
    const left = share > 0 ? `, ${duration((elapsed * (1 - share)) / share)} left` : '';
    this.#to.write(`${CLEAR}${what}, ${Math.floor(100 * share)} %${left}`);
  }

  /** Before anything else is written to the terminal. */
  clear(): void {
    if (this.#to.isTTY) this.#to.write(CLEAR);
  }
}

/** `40 s`, `3 min`, `2 h 05 min`. */
function duration(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
