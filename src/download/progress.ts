/** How far one file is, and the sum over all of them: bytes, rate, time left. */
import type { DeliveryPhase, DeliveryProgress } from './types.js';

/** One file's count. */
export interface DownloadProgress {
  readonly loaded: number;
  readonly total: number | undefined;
  /** What is here to begin with. */
  set(loaded: number, total: number | undefined): void;
  size(total: number): void;
  /** From the network; negative for what turned out damaged. */
  add(bytes: number): void;
  /** A chunk is in the store. */
  kept(): void;
}

/** The rate looks back so far. */
const WINDOW_MS = 5000;
const REPORT_MS = 100;

export interface MeterOptions {
  readonly now: () => number;
  readonly onProgress: ((progress: DeliveryProgress) => void) | undefined;
  /** Told, as often as `onProgress`, of each file that moved. */
  readonly onFile: (id: string, loaded: number, total: number | undefined) => void;
}

export class ProgressMeter {
  readonly #options: MeterOptions;
  readonly #files = new Map<string, { loaded: number; total: number | undefined; moved: boolean }>();
  /** Bytes that arrived, and when. */
  #arrivals: { readonly at: number; bytes: number }[] = [];
  #phase: DeliveryPhase = 'checking';
  #reportedAt = -Infinity;

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  /** Counts `id` from now on, of which `total` bytes are expected. */
  expect(id: string, total: number | undefined): void {
    const file = this.#files.get(id);
    if (file === undefined) this.#files.set(id, { loaded: 0, total, moved: false });
    else if (file.total === undefined) file.total = total;
  }

  tally(id: string): DownloadProgress {
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
        Object.assign(file, { loaded, total: total ?? file.total, moved: true });
        this.#report(true);
      },
      size: (total) => {
        file.total = total;
      },
      add: (bytes) => {
        file.loaded += bytes;
        file.moved = true;
        if (bytes > 0) this.#arrived(bytes);
        this.#report(false);
      },
      kept: () => this.#report(false),
    };
  }

  /** Bytes of all files whose size is known. */
  get known(): number {
    let known = 0;
    for (const { total = 0 } of this.#files.values()) known += total;
    return known;
  }

  /** Bytes of all files that are known to be missing yet. */
  get missing(): number {
    let missing = 0;
    for (const { loaded, total } of this.#files.values()) missing += Math.max(0, (total ?? loaded) - loaded);
    return missing;
  }

  /** Of all files that were opened or are expected. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#files.keys());
  }

  get phase(): DeliveryPhase {
    return this.#phase;
  }

  set phase(phase: DeliveryPhase) {
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
      if (file.moved) this.#options.onFile(id, file.loaded, file.total);
      file.moved = false;
    }
  }

  #progress(at: number): DeliveryProgress {
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
