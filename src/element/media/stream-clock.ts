/** Estimates the current stream time from level reports, which arrive once per 80 ms of audio. */
import { LEVELS_PER_SECOND } from '../../audio/level.js';

/** At least one report of a window this long is not late, seconds. A busy page receives several delayed reports at once. */
const WINDOW = 5;

export class StreamClock {
  /** Audio reported so far, seconds. */
  #seconds = 0;
  /** When each recent report arrived, and how far the page's clock was then ahead of the stream's; seconds. */
  #reports: { readonly at: number; readonly ahead: number }[] = [];

  /** Audio reported so far, seconds. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Records a report. @param now ms, `performance.now()` */
  tick(now: number): void {
    const at = now / 1000;
    this.#seconds += 1 / LEVELS_PER_SECOND;
    this.#reports = this.#reports.filter((report) => at - report.at < WINDOW);
    this.#reports.push({ at, ahead: at - this.#seconds });
  }

  /** The stream time in seconds, estimated from the least delayed report. @param now ms */
  at(now: number): number {
    if (this.#reports.length === 0) return this.#seconds;
    return now / 1000 - Math.min(...this.#reports.map(({ ahead }) => ahead));
  }

  /** Stops the clock while the stream is paused. */
  rest(): void {
    this.#reports = [];
  }
}
