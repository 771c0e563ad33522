/** What delivery promises: files by URL in, bytes that are checked and kept out. Everything else in this folder is how. */
import type { ByteSource } from '../bytes/byte-source.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';
import type { Store } from './store.js';

/** A file, and what is known of it beforehand. */
export interface FileWanted {
  /** Absolute. */
  readonly url: string;
  /** For messages; default: the last part of the URL's path. */
  readonly name?: string;
  /** Its size; learned from the first answer where nobody says. */
  readonly bytes?: number;
  /** Bytes a chunk, default `CHUNK_BYTES`; the last one may be shorter. */
  readonly chunkBytes?: number;
  /** SHA-256 of each chunk, lower-case hex. Without it, what arrives is trusted once and held to its own hash from then on. */
  readonly sha256?: readonly string[];
  /** Only some ranges of it are wanted: `open` then does as `openSparse`. */
  readonly sparse?: boolean;
  /** The branch, tag or commit of its repository that was asked for; kept to tell what an installed file is. */
  readonly revision?: string;
}

export const CHUNK_BYTES = 4 * 1024 * 1024;

/** Milliseconds a request may yield next to nothing. */
export const STALL_MS = 20_000;

/**
 * `checking` what is in the store; `downloading`; `waiting` for the network or a server that asked for patience;
 * `paused`; `done`, as far as anyone has asked.
 */
export type DeliveryPhase = 'checking' | 'downloading' | 'waiting' | 'paused' | 'done';

/** Summed over the files that were opened or announced with `expect`. */
export interface DeliveryProgress {
  readonly phase: DeliveryPhase;
  /** Bytes here, those that were in the store before included. */
  readonly loaded: number;
  /** Bytes in all, of the files whose size is known by now; 0 while none is. */
  readonly total: number;
  /** From the network, over the last seconds. */
  readonly bytesPerSecond: number;
  /** Undefined while nothing moves or a size is unknown. */
  readonly secondsLeft: number | undefined;
}

/** What is in the store of the files asked about. No request is made to find out. */
export interface Survey {
  readonly storedBytes: number;
  /** Undefined while the size of any of them is unknown. */
  readonly totalBytes: number | undefined;
  /** Opening them would make no request. */
  readonly complete: boolean;
}

/** A model whose last `commit` is still in the store. */
export interface InstalledModel {
  /** The depot's key. */
  readonly key: string;
  readonly files: readonly FileWanted[];
  /** Bytes in the store, those of an unfinished newer version included. */
  readonly bytes: number;
  /** False where only a part has arrived yet. */
  readonly complete: boolean;
}

export interface ModelCacheOptions {
  /** Where chunks are kept; see `openStore`. One for all depots of a thread. */
  readonly store: Store;
  /** Told at most ten times a second, and of every change of phase. */
  readonly onProgress?: (progress: DeliveryProgress) => void;
  /** Aborting rejects whatever is under way with an AbortError; what has arrived stays in the store. */
  readonly signal?: AbortSignal;
  /** With too little room: `error` (default) rejects with `quota`; `memory` keeps what does not fit in memory. */
  readonly whenFull?: 'error' | 'memory';
  /**
   * Called with the bytes that the files are known to have, each time before anything of one is downloaded. What it
   * throws, `open` rejects with.
   */
  readonly admit?: (bytes: number) => void;
  /** Requests at a time, over all files; default 4. */
  readonly lanes?: number;
  /** Milliseconds a request may yield next to nothing before it is made again; default 20 000. */
  readonly stallMs?: number;
  /** Tries in a row that yield nothing before a file is given up; default 8. */
  readonly tries?: number;
  /** Of another depot, which is held and let go on for both; default one of its own. */
  readonly gate?: PauseSwitch;
  /** What this thread offers; default `platform()`. A test brings its own. */
  readonly platform?: Partial<Environment>;
}

/**
 * The files of one model. Errors are `network`, `quota` and `integrity`, or `model-invalid` for a file that is not the
 * size its manifest says; an error leaves in the store what has arrived.
 */
export interface ModelCache {
  readonly key: string;
  /** Closed while somebody holds the download. */
  readonly gate: PauseSwitch;
  /** Names files that will be opened, so that totals and the check for room count them from the start. */
  expect(files: readonly FileWanted[]): void;
  /** Resolves once every chunk is in the store. Reads go through the store and are verified; a damaged chunk is fetched again, once. */
  open(file: FileWanted): Promise<ByteSource>;
  /** Fetches exactly the ranges that are read, and keeps them. At most one request, to learn the size, is made before. */
  openSparse(file: FileWanted): Promise<ByteSource>;
  survey(files: readonly FileWanted[]): Promise<Survey>;
  /**
   * Where something had to be fetched: asks whether the other files it goes with, those without hashes, are still what
   * their servers have, and evicts those that are not, to be opened again. Resolves with their names. One byte a file.
   */
  evictReplaced(): Promise<readonly string[]>;
  /** Marks what this depot has opened as the model that is installed, and evicts whatever else is kept under its key. */
  commit(): Promise<void>;
  /**
   * Closes, and evicts what this depot has opened on trust, without hashes, unless the installed model is made of it:
   * for when the files turn out to make no model, so that the next attempt fetches them anew.
   */
  distrust(): Promise<void>;
  /** Holds every download of this model, in every tab, until one of them resumes. */
  pause(): void;
  resume(): void;
  /** Why what arrives will not be there at the next visit; undefined where it will. */
  readonly whyNotKept: string | undefined;
  /** Lets go of channels and timers. Sources stay usable; what is still arriving is aborted. */
  close(): void;
}
