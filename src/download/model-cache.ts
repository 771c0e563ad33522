/** The cache of one model's files: downloads each once, counts their progress together, reads them from the store. */
import type { ByteSource } from '../bytes/byte-source.js';
import { fileNameOf } from '../bytes/file-name.js';
import { abortError, SttError } from '../errors.js';
import { downloadChannel, downloadLock } from '../protocol/lock-names.js';
import { Address } from './response.js';
import { ChunkBuffers } from './chunk-buffers.js';
import { STALL_MS, type ModelCache, type ModelCacheOptions, type RemoteFile, type StorageStatus } from './types.js';
import { fetchFile, type FetchOptions } from './file-fetch.js';
import { PauseSwitch } from './pause.js';
import { completeVersion, storageStatus } from './installed.js';
import { Semaphore, connectionsFor } from './semaphore.js';
import { evictForSpace } from './eviction.js';
import { repairChunk } from './repair-chunk.js';
import { TabSync } from './tab-sync.js';
import { withMemoryFallback, type FallbackBucket } from './memory-fallback.js';
import { browserEnvironment as defaultEnvironment, type Environment } from './environment.js';
import { deleteAll, fileIdIn, idOf, MODEL_RECORD, readModel, writeRecord, type VersionRecord } from './cache-index.js';
import { isQuotaExceeded, lockSuffix } from './store.js';
import { requestClient } from './request.js';
import { restoreLost } from './restore.js';
import { evictReplaced, type OpenedFile } from './same-deployment.js';
import { rangeSource } from './range-source.js';
import { cachedSource } from './cached-source.js';
import { ProgressMeter } from './progress.js';
import { chunkBytesOf } from './file-version.js';

const CONNECTIONS = 4;
const ATTEMPTS = 8;

/** `key` names the model in the store; `commit` evicts older versions under the same key. */
export function openModelCache(key: string, options: ModelCacheOptions): ModelCache {
  return new BucketModelCache(key, options);
}

class BucketModelCache implements ModelCache {
  readonly key: string;
  readonly pauseSwitch: PauseSwitch;
  readonly #options: ModelCacheOptions;
  readonly #environment: Environment;
  readonly #semaphore: Semaphore;
  readonly #buffers = new ChunkBuffers();
  readonly #tabSync: TabSync;
  readonly #meter: ProgressMeter;
  readonly #controller = new AbortController();
  readonly #opened = new Map<string, Promise<ByteSource>>();
  readonly #used = new Map<string, RemoteFile>();
  /** Those of them that were downloaded whole. */
  readonly #wholeFiles = new Map<string, OpenedFile>();
  readonly #pieces = new Set<string>();
  /** A file was incomplete in the store when it was opened. */
  #wasIncomplete = false;
  #bucket: Promise<FallbackBucket> | undefined;
  #whyInMemory: () => string | undefined = () => undefined;
  #expected: Promise<unknown> = Promise.resolve();
  #closed = false;
  #opening = 0;
  #downloading = 0;
  #waiting = 0;

  constructor(key: string, options: ModelCacheOptions) {
    this.key = key;
    this.pauseSwitch = options.pauseSwitch ?? new PauseSwitch();
    this.#options = options;
    this.#environment = { ...defaultEnvironment(), ...options.environment };
    this.#semaphore = new Semaphore(options.connections ?? CONNECTIONS);
    this.#meter = new ProgressMeter({
      now: this.#environment.now,
      onProgress: options.onProgress,
      onFile: (id, loaded, total) => this.#tabSync.announceProgress(id, loaded, total),
    });
    // A thread's own store concerns no other tab, and the owner of a shared switch already announces its pauses.
    const channel = options.store.persistent && !options.pauseSwitch ? this.#environment.channel : undefined;
    this.#tabSync = new TabSync(downloadChannel(key), channel, this.pauseSwitch, () => this.#setPhase());
    const { signal } = options;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
  }

  get whyNotPersistent(): string | undefined {
    return this.#options.store.whyNotPersistent ?? this.#whyInMemory();
  }

  expect(files: readonly RemoteFile[]): void {
    this.#expected = Promise.all([this.#expected, this.#count(files)]);
  }

  /** Counts all sizes first, so that no reported total lacks one, then what the store has of each file. */
  async #count(files: readonly RemoteFile[]): Promise<void> {
    const named = await Promise.all(files.map(async (file) => ({ file, id: await idOf(file) })));
    for (const { file, id } of named) this.#meter.expect(id, file.sparse === true ? 0 : file.bytes);
    const bucket = await this.#openBucket();
    for (const { file, id } of named) {
      if (this.#opened.has(id)) continue;
      const { storedBytes, totalBytes } = await storageStatus(bucket, [file]);
      this.#meter.fileProgress(id).set(storedBytes, file.sparse === true ? storedBytes : totalBytes);
    }
    this.#options.admit?.(this.#meter.knownBytes);
  }

  async open(file: RemoteFile): Promise<ByteSource> {
    await this.#expected;
    const id = await idOf(file);
    const source =
      this.#opened.get(id) ?? this.#tracked(file.sparse === true ? this.#sparse(id, file) : this.#whole(id, file));
    this.#opened.set(id, source);
    source.catch(() => this.#opened.delete(id));
    return source;
  }

  openSparse(file: RemoteFile): Promise<ByteSource> {
    return this.open({ ...file, sparse: true });
  }

  async storageStatus(files: readonly RemoteFile[]): Promise<StorageStatus> {
    return storageStatus(await this.#openBucket(), files);
  }

  async evictReplaced(): Promise<readonly string[]> {
    if (!this.#wasIncomplete) return [];
    this.#wasIncomplete = false;
    const { stallMs = STALL_MS } = this.#options;
    const bucket = await this.#openBucket();
    const context = {
      bucket,
      environment: this.#environment,
      pauseSwitch: this.pauseSwitch,
      stallMs,
      withFileLock: this.#withFileLock,
    };
    const replaced = await this.#tracked(evictReplaced(this.#wholeFiles, context, this.#controller.signal));
    for (const [id] of replaced) [this.#opened, this.#used, this.#wholeFiles].forEach((files) => files.delete(id));
    return replaced.map(([, { name, url }]) => name ?? fileNameOf(url));
  }

  async commit(): Promise<void> {
    await Promise.all(this.#opened.values());
    await this.#tracked(this.#commit());
  }

  async #commit(): Promise<void> {
    const bucket = await this.#openBucket();
    await restoreLost({
      ...{ key: this.key, bucket, wholeFiles: this.#wholeFiles, usedFiles: this.#used, pieces: this.#pieces },
      fetch: async (id, { file, version }) => this.#fetch(id, { ...(await this.#fetchOptions(id, file)), version }),
    });
    await writeRecord(bucket, MODEL_RECORD, { files: [...this.#used.values()], pieces: [...this.#pieces] });
    const inUse = (name: string): boolean => name === MODEL_RECORD || this.#used.has(fileIdIn(name));
    await deleteAll(bucket, (name) => !inUse(name));
  }

  async evictUnverified(): Promise<void> {
    this.close();
    await Promise.allSettled(this.#opened.values());
    const bucket = await this.#openBucket();
    const trusted = new Set(await Promise.all(((await readModel(bucket))?.files ?? []).map(idOf)));
    for (const [id, { sha256 }] of this.#used) if (sha256 !== undefined) trusted.add(id);
    await deleteAll(bucket, (name) => this.#used.has(fileIdIn(name)) && !trusted.has(fileIdIn(name)));
  }

  pause(): void {
    this.pauseSwitch.pause();
    this.#tabSync.announcePause(true);
    this.#setPhase();
  }

  resume(): void {
    this.pauseSwitch.resume();
    this.#tabSync.announcePause(false);
    this.#setPhase();
  }

  close(): void {
    this.#abort();
    this.#closed = true;
    this.#buffers.close();
    if (!this.#options.pauseSwitch) this.pauseSwitch.resume();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#tabSync.close();
  }

  readonly #abort = (): void => this.#controller.abort(abortError(this.key));

  /** Counts `work` as under way, for the phase, and wraps its errors. */
  async #tracked<T>(work: Promise<T>): Promise<T> {
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

  async #whole(id: string, file: RemoteFile): Promise<ByteSource> {
    const options = await this.#fetchOptions(id, file);
    const { bucket, progress } = options;
    let version = await completeVersion(bucket, id);
    this.#wasIncomplete ||= version === undefined;
    if (version === undefined) version = await this.#fetch(id, options);
    else progress.set(version.bytes ?? 0, version.bytes);
    this.#used.set(id, file);
    this.#wholeFiles.set(id, { file, version });
    return cachedSource({
      ...options,
      version,
      repair: (index, isIntact) => {
        const { stallMs = STALL_MS } = this.#options;
        return repairChunk({ ...options, version, index, isIntact, withFileLock: this.#withFileLock, stallMs });
      },
    });
  }

  async #fetch(id: string, options: FetchOptions): Promise<VersionRecord> {
    const { signal } = this.#controller;
    // The lock's holder downloads; other tabs show its progress, and find the file in the store once they get the lock.
    const stopFollowing = this.#tabSync.follow(id, options.progress);
    const fetchLocked = async (): Promise<VersionRecord> => {
      stopFollowing();
      this.#downloading++;
      this.#setPhase();
      return fetchFile(options, signal).finally(() => this.#downloading--);
    };
    return this.#withFileLock(id, signal, fetchLocked).finally(stopFollowing);
  }

  async #sparse(id: string, file: RemoteFile): Promise<ByteSource> {
    const options = await this.#fetchOptions(id, file);
    const source = await rangeSource(
      {
        ...options,
        withFileLock: (work, signal) => this.#withFileLock(id, signal, work),
        onPiece: (piece) => this.#pieces.add(piece),
      },
      // Reads after `close` cannot be aborted.
      () => (this.#closed ? new AbortController().signal : this.#controller.signal),
    );
    this.#used.set(id, file);
    return source;
  }

  readonly #withFileLock = <T>(id: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const { store } = this.#options;
    return this.#environment.lock(downloadLock(store.kind, this.key, id, lockSuffix(store)), signal, work);
  };

  async #fetchOptions(id: string, file: RemoteFile): Promise<FetchOptions> {
    const { fetch, sha256 } = this.#environment;
    const { stallMs = STALL_MS, attempts = ATTEMPTS, connections = CONNECTIONS } = this.#options;
    return {
      file,
      name: file.name ?? fileNameOf(file.url),
      id,
      bucket: await this.#openBucket(),
      progress: this.#meter.fileProgress(id),
      buffers: this.#buffers,
      sha256,
      // A sparse file belongs to a model whose other files may be in use by another cache: nothing is evicted for it.
      evictFor: (bytes) => this.#evictFor(bytes, file.sparse !== true),
      address: new Address(file.url, fetch),
      client: requestClient(this.#environment, this.pauseSwitch, stallMs),
      semaphore: this.#semaphore,
      connections: connectionsFor(chunkBytesOf(file), connections),
      environment: this.#environment,
      pauseSwitch: this.pauseSwitch,
      attempts,
      onWait: (isWaiting) => {
        this.#waiting += isWaiting ? 1 : -1;
        this.#setPhase();
      },
    };
  }

  async #evictFor(refusedBytes: number, knowsAllFiles: boolean): Promise<void> {
    const { store, whenFull, admit } = this.#options;
    const { knownBytes, missingBytes, ids } = this.#meter;
    if (refusedBytes === 0) admit?.(knownBytes);
    await evictForSpace({
      ...{ key: this.key, store, bucket: await this.#openBucket(), refusedBytes, missingBytes, whenFull },
      inUse: knowsAllFiles ? ids : undefined,
      withFileLock: this.#withFileLock,
      sleep: this.#environment.sleep,
    });
  }

  #openBucket(): Promise<FallbackBucket> {
    this.#bucket ??= this.#options.store.bucket(this.key).then((inner) => {
      const bucket = withMemoryFallback(inner, this.#options.whenFull === 'memory');
      this.#whyInMemory = () => bucket.whyInMemory;
      return bucket;
    });
    return this.#bucket;
  }

  #setPhase(): void {
    if (this.pauseSwitch.isPaused) this.#meter.phase = 'paused';
    else if (this.#opening === 0) this.#meter.phase = 'done';
    else if (this.#waiting > 0) this.#meter.phase = 'waiting';
    else this.#meter.phase = this.#downloading > 0 || this.#tabSync.isDownloading ? 'downloading' : 'checking';
  }
}
