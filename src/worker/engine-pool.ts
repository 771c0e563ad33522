/** The engines of one thread: each model is loaded once, however many clients want it, and kept a while after the last. */
import type { SessionHandlers } from '../engine/session.js';
import type { SttError } from '../errors.js';
import type { Backend, EngineInfo, ModelLocation, StreamMetrics } from '../protocol/messages.js';

/** How long an engine nobody uses is kept: longer than a page takes to reload. */
export const GRACE_MS = 60_000;

/** What a pool needs of a session; the engine's own fits. */
export interface HostedSession {
  push(pcm: Float32Array): void;
  finish(): Promise<StreamMetrics>;
  abort(): void;
}

/** What a pool needs of an engine; the real one fits, and so does a test's. */
export interface HostedEngine {
  info(): EngineInfo;
  /** Resolves when the engine can work no more. */
  readonly lost?: Promise<SttError> | undefined;
  open(handlers: SessionHandlers): HostedSession;
  dispose(): void;
}

export interface LoadProgress {
  readonly phase: 'download' | 'prepare';
  /** Bytes; `total` is 0 while unknown. */
  readonly loaded: number;
  readonly total: number;
}

export interface Wanted {
  readonly model: ModelLocation;
  readonly backend: Backend | 'auto';
}

/** Fetches a model and makes an engine of it; rejects with an SttError, or AbortError when `signal` aborts. */
export type EngineLoader = (
  wanted: Wanted,
  progress: (progress: LoadProgress) => void,
  signal: AbortSignal,
) => Promise<HostedEngine>;

export interface PoolOptions {
  /** Milliseconds an engine is kept after its last user; default `GRACE_MS`. */
  readonly graceMs?: number;
  /** The backend a wish comes to here, so that those who wish for it by name share the engine of those who leave it open. */
  readonly backendFor?: (wish: Wanted['backend']) => Wanted['backend'];
}

/** One client's share in an engine. */
export interface Lease {
  readonly engine: Promise<HostedEngine>;
  /** Gives the share back, once; further calls do nothing. */
  release(): void;
}

interface Entry {
  readonly key: string;
  readonly engine: Promise<HostedEngine>;
  readonly controller: AbortController;
  readonly users: Set<(progress: LoadProgress) => void>;
  progress: LoadProgress;
  loaded: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

export class EnginePool {
  readonly #load: EngineLoader;
  readonly #graceMs: number;
  readonly #backendFor: NonNullable<PoolOptions['backendFor']>;
  readonly #entries = new Map<string, Entry>();

  constructor(load: EngineLoader, { graceMs = GRACE_MS, backendFor = (wish) => wish }: PoolOptions = {}) {
    this.#load = load;
    this.#graceMs = graceMs;
    this.#backendFor = backendFor;
  }

  /** A share in the engine for `wanted`, which begins to load if nobody wanted it before. `progress` is told at once where it stands. */
  lease({ model, backend }: Wanted, progress: (progress: LoadProgress) => void): Lease {
    const wanted: Wanted = { model, backend: this.#backendFor(backend) };
    const key = JSON.stringify(wanted);
    const entry = this.#entries.get(key) ?? this.#add(key, wanted);
    clearTimeout(entry.timer);
    // A function of its own, so that two clients with one callback count as two.
    const user = (report: LoadProgress): void => progress(report);
    entry.users.add(user);
    if (!entry.loaded) user(entry.progress);
    return {
      engine: entry.engine,
      release: () => {
        if (entry.users.delete(user) && entry.users.size === 0) this.#unused(entry);
      },
    };
  }

  #add(key: string, wanted: Wanted): Entry {
    const controller = new AbortController();
    const report = (progress: LoadProgress): void => {
      entry.progress = progress;
      for (const user of entry.users) user(progress);
    };
    const entry: Entry = {
      key,
      // Started a microtask later: a loader that reports or throws at once finds the entry complete.
      engine: Promise.resolve().then(() => this.#load(wanted, report, controller.signal)),
      controller,
      users: new Set(),
      progress: { phase: 'download', loaded: 0, total: 0 },
      loaded: false,
      timer: undefined,
    };
    this.#entries.set(key, entry);
    entry.engine.then(
      (engine) => {
        entry.loaded = true;
        if (controller.signal.aborted) engine.dispose();
        // Those who use it are told by their own port; the next client gets a new one.
        void engine.lost?.then(() => this.#discard(entry));
      },
      // Forgotten, so that the next client tries again. Those who wait hear of it through `lease.engine`.
      () => this.#forget(entry),
    );
    return entry;
  }

  /** A load that nobody waits for stops at once; an engine may soon be wanted again. */
  #unused(entry: Entry): void {
    // One that was lost is given up already.
    if (this.#entries.get(entry.key) !== entry) return;
    if (entry.loaded) entry.timer = setTimeout(() => this.#discard(entry), this.#graceMs);
    else this.#discard(entry);
  }

  #discard(entry: Entry): void {
    this.#forget(entry);
    clearTimeout(entry.timer);
    entry.controller.abort();
    if (entry.loaded) void entry.engine.then((engine) => engine.dispose());
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }
}
