/** One version of a file as it fills up: which chunks are in the store, which are half here, which are missing. */
import { SttError } from '../errors.js';
import type { ChunkBuffers } from './chunk-buffers.js';
import { CHUNK_BYTES, type FileWanted } from './types.js';
import { chunkName, keptOf, type CachedFile, type Version } from './cache-index.js';
import type { FallbackBucket } from './memory-fallback.js';
import { notKept, writeMakingRoom } from './store.js';
import type { DownloadProgress } from './progress.js';

/** The server's file is no longer the one whose chunks are here: it has to be fetched anew. */
export class Replaced extends Error {}

/** A chunk that is arriving; what is here survives a request that is cut. */
export interface Partial {
  readonly bytes: Uint8Array<ArrayBuffer>;
  filled: number;
}

export interface FileVersionOptions {
  readonly file: FileWanted;
  readonly name: string;
  readonly id: string;
  readonly shelf: FallbackBucket;
  readonly tally: DownloadProgress;
  /** What chunks arrive in. */
  readonly memory: ChunkBuffers;
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** Evicts what nobody wants; rejects with `quota` if so many bytes more do not fit all the same. */
  readonly makeRoom: (bytes: number) => Promise<void>;
}

export class FileVersion {
  readonly version: Version;
  readonly partials = new Map<number, Partial>();
  readonly #options: FileVersionOptions;
  readonly #kept: Map<string, CachedFile>;
  readonly #damaged = new Set<number>();
  #bytes: number | undefined;

  constructor(version: Version, names: readonly string[], options: FileVersionOptions) {
    this.version = version;
    this.#options = options;
    this.#bytes = version.bytes;
    this.#kept = keptOf(names, options.id, version.edition);
    for (const [key, { length, sha256 }] of this.#kept) {
      const index = Number(key);
      const wanted = this.#hashWanted(index);
      const fits = this.#bytes === undefined ? length <= version.chunkBytes : length === this.lengthOf(index);
      if (!fits || (wanted !== undefined && wanted !== sha256)) this.#kept.delete(key);
    }
    let loaded = 0;
    for (const { length } of this.#kept.values()) loaded += length;
    options.tally.set(loaded, this.#bytes);
  }

  get bytes(): number | undefined {
    return this.#bytes;
  }

  get chunkBytes(): number {
    return this.version.chunkBytes;
  }

  /** Now that the end has been seen, or the server has said. */
  learnSize(bytes: number): void {
    this.#bytes = bytes;
    this.#options.tally.size(bytes);
    // One that began to arrive as if it were not the last is as long as the file lets it be.
    for (const [index, { bytes: here, filled }] of this.partials) {
      const length = Math.max(0, this.lengthOf(index));
      if (length < here.length)
        this.partials.set(index, { bytes: here.subarray(0, length), filled: Math.min(filled, length) });
    }
  }

  has(index: number): boolean {
    return this.#kept.has(String(index));
  }

  lengthOf(index: number): number {
    const { chunkBytes } = this.version;
    return Math.min(chunkBytes, (this.#bytes ?? Infinity) - index * chunkBytes);
  }

  /** In order. While the size is unknown, only the first of them. */
  missing(): number[] {
    const all: number[] = [];
    if (this.#bytes === undefined) {
      let first = 0;
      while (this.has(first)) first++;
      return [first];
    }
    for (let i = 0; i * this.chunkBytes < this.#bytes; i++) if (!this.has(i)) all.push(i);
    return all;
  }

  partial(index: number): Partial {
    const known = this.partials.get(index);
    if (known !== undefined) return known;
    const partial: Partial = { bytes: this.#options.memory.take(this.lengthOf(index)), filled: 0 };
    this.partials.set(index, partial);
    return partial;
  }

  /** Takes in as much as the chunk still lacks; returns how much that was. */
  fill(index: number, bytes: Uint8Array): number {
    const partial = this.partial(index);
    const part = bytes.subarray(0, partial.bytes.length - partial.filled);
    partial.bytes.set(part, partial.filled);
    partial.filled += part.length;
    this.#options.tally.add(part.length);
    return part.length;
  }

  /**
   * Verifies a chunk that is all here, and keeps it. A damaged one is dropped, and missing again. Rejects with
   * `integrity` the second time it is damaged, with Replaced if nobody but the store knew what it should be, and with `quota`.
   */
  async commit(index: number): Promise<void> {
    const { name, id, shelf, sha256, tally, makeRoom, file } = this.#options;
    const partial = this.partial(index);
    const bytes = partial.bytes.subarray(0, partial.filled);
    const hash = await sha256(bytes);
    const wanted = this.#hashWanted(index);
    if (wanted !== undefined && wanted !== hash) {
      this.drop(index);
      if (!this.#damaged.has(index)) {
        this.#damaged.add(index);
        return;
      }
      const what = `${name}: chunk ${index} has SHA-256 ${hash}, expected ${wanted}`;
      throw file.sha256 === undefined ? new Replaced(what) : new SttError('integrity', what);
    }
    const kept = chunkName(id, this.version.edition, index, bytes.length, hash);
    try {
      await writeMakingRoom(shelf, kept, bytes, makeRoom);
    } catch (cause) {
      throw notKept(cause, `${name}: chunk ${index}`);
    }
    this.#kept.set(String(index), { name: kept, length: bytes.length, sha256: hash });
    this.#forget(index);
    tally.kept();
  }

  /** Forgets what has arrived of a chunk. */
  drop(index: number): void {
    this.#options.tally.add(-(this.partials.get(index)?.filled ?? 0));
    this.#forget(index);
  }

  #forget(index: number): void {
    this.#options.memory.give(this.partials.get(index)?.bytes);
    this.partials.delete(index);
  }

  /** In order; every chunk is kept. */
  hashes(): string[] {
    return [...this.#kept.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, { sha256 }]) => sha256);
  }

  #hashWanted(index: number): string | undefined {
    return (this.#options.file.sha256 ?? this.version.sha256)?.[index];
  }
}

/** With hashes there is one version, whatever servers call it. */
export function versionInManifest(file: FileWanted): Version | undefined {
  if (file.sha256 === undefined || file.bytes === undefined) return undefined;
  return { edition: 'only', chunkBytes: chunkBytesOf(file), tag: undefined, bytes: file.bytes };
}

export function chunkBytesOf(file: FileWanted): number {
  return file.chunkBytes ?? CHUNK_BYTES;
}
