/** The files of one model: fetched once for all who ask, counted together, read through the store. */
import type { ByteSource } from '../bytes/byte-source.js';
import { abortError } from '../bytes/abort.js';
import { fileNameOf } from '../bytes/file-name.js';
import { SttError } from '../errors.js';
import { downloadChannel, downloadLock } from '../protocol/lock-names.js';
import { Address } from './response.js';
import { ChunkBuffers } from './chunk-buffers.js';
import { STALL_MS, type ModelCache, type ModelCacheOptions, type FileWanted, type Survey } from './types.js';
import { fetchFile, type FetchOptions } from './file-fetch.js';
import { PauseSwitch } from './pause.js';
import { completeVersion, surveyBucket } from './installed.js';
import { Semaphore, connectionsFor } from './semaphore.js';
import { evictForSpace } from './eviction.js';
import { repairChunk } from './repair-chunk.js';
import { TabSync } from './tab-sync.js';
import { withMemoryFallback, type FallbackBucket } from './memory-fallback.js';
import { browserEnvironment as threadsPlatform, type Environment } from './environment.js';
import { deleteAll, folderIn, idOf, MODEL, readModel, writeRecord, type Version } from './cache-index.js';
import { isQuotaExceeded, ownerOf } from './store.js';
import { requests } from './request.js';
import { restoreLost } from './restore.js';
import { evictReplaced, type Opened } from './same-deployment.js';
import { rangeSource } from './range-source.js';
import { cachedSource } from './cached-source.js';
import { ProgressMeter } from './progress.js';
import { chunkBytesOf } from './file-version.js';

const LANES = 4;
const TRIES = 8;

/** `key` names the model in the store: what `commit` evicts is older versions under the same key. */
export function openModelCache(key: string, options: ModelCacheOptions): ModelCache {
  return new ModelDepot(key, options);
}

class ModelDepot implements ModelCache {
  readonly key: string;
  readonly gate: PauseSwitch;
  readonly #options: ModelCacheOptions;
  readonly #platform: Environment;
  readonly #lanes: Semaphore;
  readonly #memory = new ChunkBuffers();
  readonly #news: TabSync;
  readonly #meter: ProgressMeter;
  readonly #controller = new AbortController();
  readonly #opened = new Map<string, Promise<ByteSource>>();
  readonly #used = new Map<string, FileWanted>();
  /** Of those, the whole files. */
  readonly #wholes = new Map<string, Opened>();
  readonly #pieces = new Set<string>();
  /** Something was not here when it was opened. */
  #lacked = false;
  #shelf: Promise<FallbackBucket> | undefined;
  #why: () => string | undefined = () => undefined;
  #expected: Promise<unknown> = Promise.resolve();
  #closed = false;
  #opening = 0;
  #moving = 0;
  #waits = 0;

  constructor(key: string, options: ModelCacheOptions) {
    this.key = key;
    this.gate = options.gate ?? new PauseSwitch();
    this.#options = options;
    this.#platform = { ...threadsPlatform(), ...options.platform };
    this.#lanes = new Semaphore(options.lanes ?? LANES);
    this.#meter = new ProgressMeter({
      now: this.#platform.now,
      onProgress: options.onProgress,
      onFile: (id, loaded, total) => this.#news.tell(id, loaded, total),
    });
    // A store of this thread's own is nobody else's business, and who shares a gate need not hear of it twice.
    const channel = options.store.persistent && !options.gate ? this.#platform.channel : undefined;
    this.#news = new TabSync(downloadChannel(key), channel, this.gate, () => this.#setPhase());
    const { signal } = options;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get whyNotKept(): string | undefined {
    return this.#options.store.why ?? this.#why();
  }

  expect(files: readonly FileWanted[]): void {
    this.#expected = Promise.all([this.#expected, this.#count(files)]);
  }

  /** All sizes first, so that no total is told that lacks one of them; then what of them is in the store. */
  async #count(files: readonly FileWanted[]): Promise<void> {
    const named = await Promise.all(files.map(async (file) => ({ file, id: await idOf(file) })));
    for (const { file, id } of named) this.#meter.expect(id, file.sparse === true ? 0 : file.bytes);
    const shelf = await this.#openShelf();
    for (const { file, id } of named) {
      if (this.#opened.has(id)) continue;
      const { storedBytes, totalBytes } = await surveyBucket(shelf, [file]);
      this.#meter.tally(id).set(storedBytes, file.sparse === true ? storedBytes : totalBytes);
    }
    this.#options.admit?.(this.#meter.known);
  }

  async open(file: FileWanted): Promise<ByteSource> {
    await this.#expected;
    const id = await idOf(file);
    const source =
      this.#opened.get(id) ?? this.#watched(file.sparse === true ? this.#sparse(id, file) : this.#whole(id, file));
    this.#opened.set(id, source);
    source.catch(() => this.#opened.delete(id));
    return source;
  }

  openSparse(file: FileWanted): Promise<ByteSource> {
    return this.open({ ...file, sparse: true });
  }

  async survey(files: readonly FileWanted[]): Promise<Survey> {
    return surveyBucket(await this.#openShelf(), files);
  }

  async evictReplaced(): Promise<readonly string[]> {
    if (!this.#lacked) return [];
    this.#lacked = false;
    const { stallMs = STALL_MS } = this.#options;
    const shelf = await this.#openShelf();
    const where = { shelf, platform: this.#platform, gate: this.gate, stallMs, alone: this.#alone };
    const replaced = await this.#watched(evictReplaced(this.#wholes, where, this.#controller.signal));
    for (const [id] of replaced) [this.#opened, this.#used, this.#wholes].forEach((files) => files.delete(id));
    return replaced.map(([, { name, url }]) => name ?? fileNameOf(url));
  }

  async commit(): Promise<void> {
    await Promise.all(this.#opened.values());
    await this.#watched(this.#commit());
  }

  async #commit(): Promise<void> {
    const shelf = await this.#openShelf();
    await restoreLost({
      ...{ key: this.key, shelf, wholes: this.#wholes, used: this.#used, pieces: this.#pieces },
      fetch: async (id, { file, version }) => this.#fetch(id, { ...(await this.#fetchOptions(id, file)), version }),
    });
    await writeRecord(shelf, MODEL, { files: [...this.#used.values()], pieces: [...this.#pieces] });
    const inUse = (name: string): boolean => name === MODEL || this.#used.has(folderIn(name));
    await deleteAll(shelf, (name) => !inUse(name));
  }

  async distrust(): Promise<void> {
    this.close();
    await Promise.allSettled(this.#opened.values());
    const shelf = await this.#openShelf();
    const trusted = new Set(await Promise.all(((await readModel(shelf))?.files ?? []).map(idOf)));
    for (const [id, { sha256 }] of this.#used) if (sha256 !== undefined) trusted.add(id);
    await deleteAll(shelf, (name) => this.#used.has(folderIn(name)) && !trusted.has(folderIn(name)));
  }

  pause(): void {
    this.gate.close();
    this.#news.tellPause(true);
    this.#setPhase();
  }

  resume(): void {
    this.gate.open();
    this.#news.tellPause(false);
    this.#setPhase();
  }

  close(): void {
    this.#abort();
    this.#closed = true;
    this.#memory.close();
    if (!this.#options.gate) this.gate.open();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#news.close();
  }

  readonly #abort = (): void => this.#controller.abort(abortError(this.key));

  /** Counts what is being opened. */
  async #watched<T>(work: Promise<T>): Promise<T> {
    this.#opening++;
    this.#setPhase();
    try {
      return await work;
    } catch (cause) {
      this.#controller.signal.throwIfAborted();
      throw SttError.from(cause, this.key, isQuotaExceeded(cause) ? 'quota' : 'internal');
    } finally {
      this.#opening--;
      this.#setPhase();
    }
  }

  async #whole(id: string, file: FileWanted): Promise<ByteSource> {
    const options = await this.#fetchOptions(id, file);
    const { shelf, tally } = options;
    let version = await completeVersion(shelf, id);
    this.#lacked ||= version === undefined;
    if (version === undefined) version = await this.#fetch(id, options);
    else tally.set(version.bytes ?? 0, version.bytes);
    this.#used.set(id, file);
    this.#wholes.set(id, { file, version });
    return cachedSource({
      ...options,
      version,
      mend: (index, isSound) => {
        const { stallMs = STALL_MS } = this.#options;
        return repairChunk({ ...options, version, index, isSound, alone: this.#alone, stallMs });
      },
    });
  }

  async #fetch(id: string, options: FetchOptions): Promise<Version> {
    const { signal } = this.#controller;
    // Whoever has the lock fetches; the others look on, and find everything in the store when it is their turn.
    const stopListening = this.#news.follow(id, options.tally);
    const fetchAlone = async (): Promise<Version> => {
      stopListening();
      this.#moving++;
      this.#setPhase();
      return fetchFile(options, signal).finally(() => this.#moving--);
    };
    return this.#alone(id, signal, fetchAlone).finally(stopListening);
  }

  async #sparse(id: string, file: FileWanted): Promise<ByteSource> {
    const options = await this.#fetchOptions(id, file);
    const source = await rangeSource(
      {
        ...options,
        alone: (work, signal) => this.#alone(id, signal, work),
        onPiece: (piece) => this.#pieces.add(piece),
      },
      // What is read after the depot was closed is nobody's to abort.
      () => (this.#closed ? new AbortController().signal : this.#controller.signal),
    );
    this.#used.set(id, file);
    return source;
  }

  readonly #alone = <T>(id: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const { store } = this.#options;
    return this.#platform.lock(downloadLock(store.kind, this.key, id, ownerOf(store)), signal, work);
  };

  async #fetchOptions(id: string, file: FileWanted): Promise<FetchOptions> {
    const { fetch, sha256 } = this.#platform;
    const { stallMs = STALL_MS, tries = TRIES, lanes = LANES } = this.#options;
    return {
      file,
      name: file.name ?? fileNameOf(file.url),
      id,
      shelf: await this.#openShelf(),
      tally: this.#meter.tally(id),
      memory: this.#memory,
      sha256,
      // What is wanted in parts comes beside a model whose other files another depot may have.
      makeRoom: (bytes) => this.#makeRoom(bytes, file.sparse !== true),
      address: new Address(file.url, fetch),
      requests: requests(this.#platform, this.gate, stallMs),
      lanes: this.#lanes,
      laneCount: connectionsFor(chunkBytesOf(file), lanes),
      platform: this.#platform,
      gate: this.gate,
      tries,
      onWait: (waits) => {
        this.#waits += waits ? 1 : -1;
        this.#setPhase();
      },
    };
  }

  async #makeRoom(refused: number, knowsAll: boolean): Promise<void> {
    const { store, whenFull, admit } = this.#options;
    const { known, missing, ids } = this.#meter;
    if (refused === 0) admit?.(known);
    await evictForSpace({
      ...{ key: this.key, store, shelf: await this.#openShelf(), refused, missing, whenFull },
      wanted: knowsAll ? ids : undefined,
      alone: this.#alone,
      sleep: this.#platform.sleep,
    });
  }

  #openShelf(): Promise<FallbackBucket> {
    this.#shelf ??= this.#options.store.shelf(this.key).then((inner) => {
      const shelf = withMemoryFallback(inner, this.#options.whenFull === 'memory');
      this.#why = () => shelf.why;
      return shelf;
    });
    return this.#shelf;
  }

  #setPhase(): void {
    if (this.gate.isClosed) this.#meter.phase = 'paused';
    else if (this.#opening === 0) this.#meter.phase = 'done';
    else if (this.#waits > 0) this.#meter.phase = 'waiting';
    else this.#meter.phase = this.#moving > 0 || this.#news.isMoving ? 'downloading' : 'checking';
  }
}
