/** The engines of one thread: each model is loaded once per backend, shared by clients and kept for a grace period. */
import { loadAuto, MOST_STEP_MS, whyNotHere, type WhyNot } from '../engine/auto-backend.js';
import type { SttError } from '../errors.js';
import { unsigned } from '../download/cache-index.js';
import type { Phrase, StreamChoices } from '../protocol/messages.js';
import type { Backend, EngineInfo, ModelLocation, WhenFull } from '../protocol/model.js';
import type { GpuMetrics, SessionEvent } from '../protocol/stream-events.js';
import { SharedLoad, type Report } from './shared-load.js';

/** How long an unused engine is kept: longer than a page takes to reload. */
export const GRACE_MS = 60_000;

/** The part of a session that a pool needs. */
export interface HostedSession {
  push(pcm: Float32Array): void;
  /** Settles after the last event. */
  finish(): Promise<unknown>;
  /** Throws `invalid-argument` for phrases that cannot be used. */
  prefer(phrases: readonly Phrase[]): void;
  abort(): void;
}

/** The part of an engine that a pool needs; tests provide fakes. */
export interface HostedEngine {
  info(): EngineInfo;
  /** Resolves when the GPU is lost. */
  readonly lost?: Promise<SttError> | undefined;
  /** Metrics of the GPU; undefined on the CPU. */
  readonly gpu?: GpuMetrics | undefined;
  open(emit: (event: SessionEvent) => void, choices?: StreamChoices): HostedSession;
  dispose(): void;
}

export interface Wanted {
  readonly model: ModelLocation;
  readonly backend: Backend | 'auto';
  /** For downloads that start now; default `error`. */
  readonly whenFull?: WhenFull;
}

/**
 * Loads a model's weights on `backend`. Rejects with an SttError, or with the reason of `signal`.
 * @param mustRecord whether a GPU compiles a shader only if storage can record it first
 */
export type EngineMaker = (
  backend: Backend,
  progress: Report,
  signal: AbortSignal,
  mustRecord: () => boolean,
) => Promise<HostedEngine>;

/**
 * Downloads a model's files, first requested for `backend`. Rejects with an SttError, or with AbortError when `signal`
 * aborts. The files stay open as long as the returned maker exists.
 */
export type EngineLoader = (
  model: ModelLocation,
  progress: Report,
  signal: AbortSignal,
  whenFull: WhenFull,
  onBegin: (download: Download) => void,
  backend: Backend,
) => Promise<EngineMaker>;

/** A running download; a pause applies to every client that waits for it. */
export interface Download {
  pause(): void;
  resume(): void;
}

export interface PoolOptions {
  /** Milliseconds an engine is kept after its last user; default `GRACE_MS`. */
  readonly graceMs?: number;
  /** Returns why `auto` must not try a backend; default `whyNotHere`. */
  readonly whyNot?: WhyNot;
  /** Most milliseconds per step on a GPU for `auto` to choose it; default `MOST_STEP_MS`. */
  readonly mostStepMs?: number;
}

/** One client's lease of an engine. */
export interface Lease {
  readonly engine: Promise<HostedEngine>;
  /** Why `auto` did not choose the GPU; known once loaded. */
  readonly fallback: string | undefined;
  /** Pauses or resumes the model's download for all clients that share it. No effect unless this lease waits for one. */
  hold(paused: boolean): void;
  /** Releases the lease; further calls do nothing. */
  release(): void;
}

/** Downloads are identified by the model alone: a running one is shared, whatever its `whenFull`. */
type FilesWanted = Required<Omit<Wanted, 'backend'>>;

interface Entry {
  readonly key: string;
  readonly load: SharedLoad<HostedEngine>;
  /** Whether any client named this backend. */
  isNamed: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

interface Share {
  readonly load: SharedLoad<HostedEngine>;
  /** `graceMs`: how long the engine is kept if this was the last share. */
  leave(graceMs: number): void;
}

export class EnginePool {
  readonly #load: EngineLoader;
  readonly #graceMs: number;
  readonly #whyNot: WhyNot;
  readonly #mostStepMs: number;
  readonly #entries = new Map<string, Entry>();
  /** Loads of models whose files are being downloaded or loaded into an engine. */
  readonly #files = new Map<string, SharedLoad<EngineMaker>>();
  readonly #downloads = new Map<string, Download>();
  /** Why a backend failed or was too slow, by backend and model; `auto` does not try it again. */
  readonly #unfit = new Map<string, string>();

  constructor(load: EngineLoader, options: PoolOptions = {}) {
    this.#load = load;
    this.#graceMs = options.graceMs ?? GRACE_MS;
    this.#whyNot = options.whyNot ?? whyNotHere;
    this.#mostStepMs = options.mostStepMs ?? MOST_STEP_MS;
  }

  /** Leases the engine for `wanted`; loads it unless another client already uses it. */
  lease(wanted: Wanted, progress: Report): Lease {
    const { model, backend, whenFull = 'error' } = wanted;
    const files: FilesWanted = { model, whenFull };
    if (backend === 'auto') return this.#leaseAuto(files, progress);
    const share = this.#share(files, backend, progress, true);
    return {
      engine: share.load.value,
      fallback: undefined,
      hold: (paused) => this.#pause(share, files, paused),
      release: () => share.leave(this.#graceMs),
    };
  }

  /** Tries the backends in turn; clients that use `auto` share engines with clients that name a backend. */
  #leaseAuto(files: FilesWanted, progress: Report): Lease {
    const key = keyOfFiles(files);
    const released = new AbortController();
    let share: Share | undefined;
    let fallback: string | undefined;
    let releaseFiles: (() => void) | undefined;
    const load = (backend: Backend): Promise<HostedEngine> => {
      released.signal.throwIfAborted();
      share = this.#share(files, backend, progress, false);
      // Kept until the choice is made, so that a fallback downloads nothing twice.
      if (!share.load.done) releaseFiles ??= this.#hold(files, () => undefined, backend).leave;
      return share.load.value;
    };
    const choose = async (): Promise<HostedEngine> => {
      try {
        const choice = await loadAuto({
          load: async (backend) => load(backend),
          release: () => share?.leave(0),
          whyNot: async (backend, isAuto) =>
            this.#unfit.get(`${backend} ${key}`) ?? (await this.#whyNot(backend, isAuto)),
          mostStepMs: this.#mostStepMs,
        });
        fallback = choice.fallback;
        // Remember only failures: the reasons of `whyNot` may change.
        for (const [backend, reason] of choice.rejected) this.#unfit.set(`${backend} ${key}`, reason);
        return choice.engine;
      } finally {
        releaseFiles?.();
      }
    };
    return {
      engine: choose(),
      get fallback() {
        return fallback;
      },
      hold: (paused) => this.#pause(share, files, paused),
      release: () => {
        released.abort();
        releaseFiles?.();
        share?.leave(this.#graceMs);
      },
    };
  }

  #share(wanted: FilesWanted, backend: Backend, progress: Report, isNamed: boolean): Share {
    const key = `${backend} ${keyOfFiles(wanted)}`;
    const entry = this.#entries.get(key) ?? this.#add(key, wanted, backend);
    clearTimeout(entry.timer);
    entry.isNamed ||= isNamed;
    const leave = entry.load.join(progress);
    return {
      load: entry.load,
      leave: (graceMs) => {
        if (leave()) this.#unused(entry, graceMs);
      },
    };
  }

  #add(key: string, wanted: FilesWanted, backend: Backend): Entry {
    const load = new SharedLoad<HostedEngine>(async (report, signal) => {
      const { files, leave } = this.#hold(wanted, report, backend);
      signal.addEventListener('abort', leave, { once: true });
      try {
        const make = await files.value;
        signal.throwIfAborted();
        report({ phase: 'prepare', loaded: 0, total: 0 });
        const engine = await make(backend, report, signal, () => !entry.isNamed);
        if (signal.aborted) engine.dispose();
        signal.throwIfAborted();
        return engine;
      } finally {
        leave();
      }
    });
    const entry: Entry = { key, load, isNamed: false, timer: undefined };
    this.#entries.set(key, entry);
    load.value.then(
      // Each port reports the loss to its client; the next client gets a new engine.
      (engine) => void engine.lost?.then(() => this.#discard(entry)),
      // The next client tries again; waiting clients get the error from their lease.
      () => this.#forget(entry),
    );
    return entry;
  }

  /** Joins the shared download of a model's files. The last to leave stops it. */
  #hold(wanted: FilesWanted, progress: Report, on: Backend): { files: SharedLoad<EngineMaker>; leave: () => void } {
    const key = keyOfFiles(wanted);
    const files = this.#files.get(key) ?? this.#fetch(key, wanted, on);
    const forget = (): void => this.#forgetFiles(key, files);
    const left = files.join(progress);
    return {
      files,
      leave: () => {
        if (!left()) return;
        forget();
        files.stop();
      },
    };
  }

  #fetch(key: string, { model, whenFull }: FilesWanted, backend: Backend): SharedLoad<EngineMaker> {
    const files = new SharedLoad<EngineMaker>((report, signal) => {
      const onBegin = (download: Download): void => {
        if (this.#files.get(key) === files) this.#downloads.set(key, download);
      };
      return this.#load(model, report, signal, whenFull, onBegin, backend);
    });
    this.#files.set(key, files);
    files.value.catch(() => this.#forgetFiles(key, files));
    return files;
  }

  #forgetFiles(key: string, files: SharedLoad<EngineMaker>): void {
    if (this.#files.get(key) !== files) return;
    this.#files.delete(key);
    this.#downloads.delete(key);
  }

  #pause(share: Share | undefined, wanted: FilesWanted, paused: boolean): void {
    const key = keyOfFiles(wanted);
    // A client that has its engine and pauses its audio must not pause the download of another client.
    if (share?.load.done !== false || this.#files.get(key)?.done === true) return;
    const download = this.#downloads.get(key);
    if (paused) download?.pause();
    else download?.resume();
  }

  /** An unfinished load without users stops at once; a loaded engine may soon be needed again. */
  #unused(entry: Entry, graceMs: number): void {
    // A lost engine is discarded already.
    if (this.#entries.get(entry.key) !== entry) return;
    if (entry.load.done && graceMs > 0) entry.timer = setTimeout(() => this.#discard(entry), graceMs);
    else this.#discard(entry);
  }

  #discard(entry: Entry): void {
    this.#forget(entry);
    clearTimeout(entry.timer);
    entry.load.stop();
    if (entry.load.done) void entry.load.value.then((engine) => engine.dispose());
  }

  #forget(entry: Entry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }
}

/** Ignores sizes and the signatures of signed URLs: they do not identify a model. */
function keyOfFiles({ model }: FilesWanted): string {
  const bare = (key: string, value: unknown): unknown =>
    key === 'size' ? undefined : typeof value === 'string' && URL.canParse(value) ? unsigned(value) : value;
  return JSON.stringify(model, bare);
}
