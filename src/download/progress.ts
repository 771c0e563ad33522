/** Download progress of each file, and summed over all: bytes, rate, time left. */
import type { DownloadPhase, DownloadProgress } from './types.js';

/** The progress of one file. */
export interface FileProgress {
  readonly loaded: number;
  readonly total: number | undefined;
  /** Sets the bytes that were in the store at the start. */
  set(loaded: number, total: number | undefined): void;
  setTotal(total: number): void;
  /** Adds bytes from the network; negative for damaged ones. */
  add(bytes: number): void;
  /** Called when a chunk is in the store. */
  stored(): void;
}

/** The rate is an average over this time. */
const WINDOW_MS = 5000;
const REPORT_MS = 100;

export interface MeterOptions {
  readonly now: () => number;
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined;
  /** Called as often as `onProgress`, for each file with progress. */
  readonly onFile: (id: string, loaded: number, total: number | undefined) => void;
}

export class ProgressMeter {
  readonly #options: MeterOptions;
  readonly #files = new Map<string, { loaded: number; total: number | undefined; changed: boolean }>();
  /** Bytes that arrived, and when. */
  #arrivals: { readonly at: number; bytes: number }[] = [];
  #phase: DownloadPhase = 'checking';
  #reportedAt = -Infinity;

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** Includes the file in the totals. */
  expect(id: string, total: number | undefined): void {
    const file = this.#files.get(id);
    if (file === undefined) this.#files.set(id, { loaded: 0, total, changed: false });
    else if (file.total === undefined) file.total = total;
  }

  fileProgress(id: string): FileProgress {
    this.expect(id, undefined);
    const file = this.#files.get(id)!;
    return {
      get loaded() {
        return file.loaded;
      },
      get total() {
        return file.total;
      },
      set: (loaded, total) => {
        Object.assign(file, { loaded, total: total ?? file.total, changed: true });
        this.#report(true);
      },
      setTotal: (total) => {
        file.total = total;
      },
      add: (bytes) => {
        file.loaded += bytes;
        file.changed = true;
        if (bytes > 0) this.#arrived(bytes);
        this.#report(false);
      },
      stored: () => this.#report(false),
    };
  }

  /** Bytes of all files whose size is known. */
  get knownBytes(): number {
    let sum = 0;
    for (const { total = 0 } of this.#files.values()) sum += total;
    return sum;
  }

  /** Bytes still missing, of all files whose size is known. */
  get missingBytes(): number {
    let sum = 0;
    for (const { loaded, total } of this.#files.values()) sum += Math.max(0, (total ?? loaded) - loaded);
    return sum;
  }

  /** Ids of all files that were opened or announced. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#files.keys());
  }

  get phase(): DownloadPhase {
    return this.#phase;
  }

  set phase(phase: DownloadPhase) {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#report(true);
  }

  #arrived(bytes: number): void {
    const at = this.#options.now();
    const last = this.#arrivals[this.#arrivals.length - 1];
    if (last !== undefined && at - last.at < REPORT_MS) last.bytes += bytes;
    else this.#arrivals.push({ at, bytes });
    this.#arrivals = this.#arrivals.filter((arrival) => at - arrival.at < WINDOW_MS);
  }

  #report(now: boolean): void {
    const at = this.#options.now();
    if (!now && at - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = at;
    this.#options.onProgress?.(this.#progress(at));
    for (const [id, file] of this.#files) {
      if (file.changed) this.#options.onFile(id, file.loaded, file.total);
      file.changed = false;
    }
  }

  #progress(at: number): DownloadProgress {
    const files = [...this.#files.values()];
    const loaded = files.reduce((sum, file) => sum + file.loaded, 0);
    const total = files.reduce((sum, file) => sum + (file.total ?? 0), 0);
    const recent = this.#arrivals.filter((arrival) => at - arrival.at < WINDOW_MS);
    const since = Math.max(at - (recent[0]?.at ?? at), 1000);
    const bytesPerSecond = (recent.reduce((sum, { bytes }) => sum + bytes, 0) / since) * 1000;
    const known = files.every((file) => file.total !== undefined);
    return {
      phase: this.#phase,
      loaded,
      total: Math.max(total, total === 0 ? 0 : loaded),
      bytesPerSecond,
      secondsLeft: known && bytesPerSecond > 0 ? Math.max(0, total - loaded) / bytesPerSecond : undefined,
    };
  }
}
