/** The public types of this folder: files to download, the cache that stores them, progress and storage status. */
import type { ByteSource } from '../bytes/byte-source.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';
import type { Store } from './store.js';

/** A file to download, and what is known about it in advance. */
export interface RemoteFile {
  /** Absolute. */
  readonly url: string;
  /** For messages; default: the last part of the URL's path. */
  readonly name?: string;
  /** Its size; otherwise taken from the first response. */
  readonly bytes?: number;
  /** Bytes per chunk, default `CHUNK_BYTES`; the last one may be shorter. */
  readonly chunkBytes?: number;
  /** SHA-256 of each chunk, lower-case hex. Without it, a chunk is trusted when downloaded, and verified against its own hash later. */
  readonly sha256?: readonly string[];
  /** Only some ranges are needed: `open` then behaves like `openSparse`. */
  readonly sparse?: boolean;
  /** The branch, tag or commit of its repository that was requested; recorded to identify an installed file. */
  readonly revision?: string;
}

export const CHUNK_BYTES = 4 * 1024 * 1024;

/** Milliseconds without noteworthy progress after which a request is repeated. */
export const STALL_MS = 20_000;

/**
 * `checking` the store; `downloading`; `waiting` for the network or before a retry; `paused`; `done`: every opened file is
 * complete.
 */
export type DownloadPhase = 'checking' | 'downloading' | 'waiting' | 'paused' | 'done';

/** Summed over the files that were opened or announced with `expect`. */
export interface DownloadProgress {
  readonly phase: DownloadPhase;
  /** Bytes loaded, including those found in the store. */
  readonly loaded: number;
  /** Bytes of all files whose size is known so far; 0 while none is. */
  readonly total: number;
  /** From the network, over the last seconds. */
  readonly bytesPerSecond: number;
  /** Undefined while nothing is downloaded or a size is unknown. */
  readonly secondsLeft: number | undefined;
}

/** What the store holds of some files. Determined without a request. */
export interface StorageStatus {
  readonly storedBytes: number;
  /** Undefined while the size of any of them is unknown. */
  readonly totalBytes: number | undefined;
  /** Opening them would make no request. */
  readonly complete: boolean;
}

/** A model of which something is in the store. */
export interface InstalledModel {
  /** The cache's key. */
  readonly key: string;
  readonly files: readonly RemoteFile[];
  /** Bytes in the store, those of an unfinished newer version included. */
  readonly bytes: number;
  /** False while only a part is downloaded. */
  readonly complete: boolean;
}

export interface ModelCacheOptions {
  /** Where chunks are stored; see `openStore`. One for all caches of a thread. */
  readonly store: Store;
  /** Called at most ten times a second, and at every change of phase. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Aborting rejects running operations with an AbortError; downloaded chunks stay in the store. */
  readonly signal?: AbortSignal;
  /** When storage is full: `error` (default) rejects with `quota`; `memory` holds the rest in memory. */
  readonly whenFull?: 'error' | 'memory';
  /**
   * Called with the known bytes of all files before each download. `open` rejects with what it throws.
   */
  readonly admit?: (bytes: number) => void;
  /** Concurrent requests, over all files; default 4. */
  readonly connections?: number;
  /** Milliseconds without noteworthy progress after which a request is repeated; default 20 000. */
  readonly stallMs?: number;
  /** Failed attempts in a row after which a download fails; default 8. */
  readonly attempts?: number;
  /** Shared with another cache, to pause and resume both; default: a new one. */
  readonly pauseSwitch?: PauseSwitch;
  /** Overrides parts of `browserEnvironment()`, for tests. */
  readonly environment?: Partial<Environment>;
}

/**
 * The files of one model. Errors are `network`, `quota` and `integrity`, or `model-invalid` for a file whose size differs
 * from its manifest. Chunks downloaded before an error stay in the store.
 */
export interface ModelCache {
  readonly key: string;
  /** Paused while any tab pauses the download. */
  readonly pauseSwitch: PauseSwitch;
  /** Announces files that will be opened, so that totals and the check for free space include them from the start. */
  expect(files: readonly RemoteFile[]): void;
  /** Resolves once every chunk is in the store. Reads are verified; a damaged chunk is downloaded again, once. */
  open(file: RemoteFile): Promise<ByteSource>;
  /** Downloads and stores exactly the ranges that are read, after at most one request for the size. */
  openSparse(file: RemoteFile): Promise<ByteSource>;
  storageStatus(files: readonly RemoteFile[]): Promise<StorageStatus>;
  /**
   * If a file had to be downloaded: checks that the model's other files without hashes are unchanged on their servers,
   * with a one-byte request each, and evicts those that changed, to be opened again. Resolves with their names.
   */
  evictReplaced(): Promise<readonly string[]>;
  /** Records the opened files as the installed model, and evicts everything else under this key. */
  commit(): Promise<void>;
  /**
   * Closes, and evicts the opened files without hashes, except those of the installed model: for files that turn out to
   * form no model, so that the next attempt downloads them again.
   */
  evictUnverified(): Promise<void>;
  /** Pauses every download of this model, in every tab, until one of them resumes. */
  pause(): void;
  resume(): void;
  /** Why downloaded files will not be there at the next visit; undefined if they will. */
  readonly whyNotPersistent: string | undefined;
  /** Aborts running downloads, closes channels and clears timers. Sources remain readable. */
  close(): void;
}
