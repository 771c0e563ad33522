/** What time it is on a stream's clock, told by its level reports, one for each 80 ms of sound. */
import { LEVELS_PER_SECOND } from '../../audio/level.js';

/** Seconds in which at least one report was not late. A busy page holds reports up, then lets several through at once. */
const WINDOW = 5;

export class StreamClock {
  /** Of sound, so far. */
  #heard = 0;
  /** When each late report came, and by how much the page's clock was then ahead of the stream's; seconds. */
  #reports: { readonly at: number; readonly ahead: number }[] = [];

  /** One more report. @param now ms, `performance.now()` */
  tick(now: number): void {
    const at = now / 1000;
    this.#heard += 1 / LEVELS_PER_SECOND;
    this.#reports = this.#reports.filter((report) => at - report.at < WINDOW);
    this.#reports.push({ at, ahead: at - this.#heard });
  }

  /** Seconds of the stream. The report that was held up least knows best. @param now ms */
  at(now: number): number {
    if (this.#reports.length === 0) return this.#heard;
    return now / 1000 - Math.min(...this.#reports.map(({ ahead }) => ahead));
  }

  /** The stream paused: its clock stands still. */
  rest(): void {
    this.#reports = [];
  }
}
