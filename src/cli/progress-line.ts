/** A progress bar with the time left, on a terminal only. */
import progress from 'cli-progress';

const { Format, SingleBar } = progress;

const BAR = {
  barsize: 24,
  barCompleteChar: '█',
  barIncompleteChar: '░',
  clearOnComplete: true,
  // Cuts the line at the terminal's width; otherwise an interrupted command would leave a terminal that does not wrap lines.
  linewrap: true,
};

export class ProgressLine {
  readonly #bar: InstanceType<typeof SingleBar>;
  readonly #isTerminal: boolean;
  readonly #now: () => number;
  readonly #began: number;
  #text = '';
  #isShown = false;

  /** @param now milliseconds */
  constructor(
    stream: NodeJS.WritableStream & { readonly isTTY?: boolean },
    now: () => number = () => performance.now(),
  ) {
    const format: NonNullable<ConstructorParameters<typeof SingleBar>[0]['format']> = (options, { progress }) =>
      `${Format.BarFormat(progress, options)} ${this.#text}`;
    this.#bar = new SingleBar({ ...BAR, stream, format });
    this.#isTerminal = stream.isTTY ?? false;
    this.#now = now;
    this.#began = now();
  }

  /** @param share of the work, 0 … 1 */
  show(what: string, share: number): void {
    if (!this.#isTerminal) return;
    const elapsed = (this.#now() - this.#began) / 1000;
    const left = share > 0 ? `, ${duration((elapsed * (1 - share)) / share)} left` : '';
    this.#text = `${Math.floor(100 * share)} %, ${what}${left}`;
    if (this.#isShown) this.#bar.update(share);
    else this.#bar.start(1, share);
    this.#isShown = true;
  }

  /** Before anything else is written to the terminal, and at the end: a bar that is shown keeps the process running. */
  clear(): void {
    if (this.#isShown) this.#bar.stop();
    this.#isShown = false;
  }
}

/** `40 s`, `3 min`, `2 h 05 min`. */
function duration(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
