/** One version of a file during its download: which chunks are stored, which are partly downloaded, which are missing. */
import { SttError } from '../errors.js';
import type { ChunkBuffers } from './chunk-buffers.js';
import { CHUNK_BYTES, type RemoteFile } from './types.js';
import { chunkName, cachedChunks, type CachedChunk, type VersionRecord } from './cache-index.js';
import type { FallbackBucket } from './memory-fallback.js';
import { writeError, writeWithEviction } from './store.js';
import type { FileProgress } from './progress.js';

/** The server's file is no longer the one whose chunks are stored: it has to be downloaded again. */
export class FileReplaced extends Error {}

/** A chunk during its download; its bytes survive an interrupted request. */
export interface PartialChunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  filled: number;
}

export interface FileVersionOptions {
  readonly file: RemoteFile;
  readonly name: string;
  readonly id: string;
  readonly bucket: FallbackBucket;
  readonly progress: FileProgress;
  /** Memory for the chunks during their download. */
  readonly buffers: ChunkBuffers;
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** Evicts unused files to store this many more bytes; rejects with `quota` if they still do not fit. */
  readonly evictFor: (bytes: number) => Promise<void>;
}

export class FileVersion {
  readonly record: VersionRecord;
  readonly partials = new Map<number, PartialChunk>();
  readonly #options: FileVersionOptions;
  readonly #stored: Map<string, CachedChunk>;
  readonly #damaged = new Set<number>();
  #bytes: number | undefined;
  #wrongSizes = 0;

  constructor(record: VersionRecord, names: readonly string[], options: FileVersionOptions) {
    this.record = record;
    this.#options = options;
    this.#bytes = record.bytes;
    this.#stored = cachedChunks(names, options.id, record.edition);
    for (const [key, { length, sha256 }] of this.#stored) {
      const index = Number(key);
      const expected = this.#expectedHash(index);
      const fits = this.#bytes === undefined ? length <= record.chunkBytes : length === this.lengthOf(index);
      if (!fits || (expected !== undefined && expected !== sha256)) this.#stored.delete(key);
    }
    let loaded = 0;
    for (const { length } of this.#stored.values()) loaded += length;
    options.progress.set(loaded, this.#bytes);
  }

  get bytes(): number | undefined {
    return this.#bytes;
  }

  get chunkBytes(): number {
    return this.record.chunkBytes;
  }

  /** Counts a response with another size. Returns how many there were. */
  countWrongSize(): number {
    return ++this.#wrongSizes;
  }

  /** Called when a response includes the size, or the end of the file was reached. */
  setSize(bytes: number): void {
    this.#bytes = bytes;
    this.#options.progress.setTotal(bytes);
    // A chunk that was started at full length may turn out to be the shorter last one.
    for (const [index, { bytes: here, filled }] of this.partials) {
      const length = Math.max(0, this.lengthOf(index));
      if (length < here.length)
        this.partials.set(index, { bytes: here.subarray(0, length), filled: Math.min(filled, length) });
    }
  }

  has(index: number): boolean {
    return this.#stored.has(String(index));
  }

  lengthOf(index: number): number {
    const { chunkBytes } = this.record;
    return Math.min(chunkBytes, (this.#bytes ?? Infinity) - index * chunkBytes);
  }

  /** Indices of the missing chunks, in order; while the size is unknown, only the first. */
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

  partial(index: number): PartialChunk {
    const known = this.partials.get(index);
    if (known !== undefined) return known;
    const partial: PartialChunk = { bytes: this.#options.buffers.take(this.lengthOf(index)), filled: 0 };
    this.partials.set(index, partial);
    return partial;
  }

  /** Appends `bytes` to the chunk, as far as they fit. */
  fill(index: number, bytes: Uint8Array): void {
    const partial = this.partial(index);
    const part = bytes.subarray(0, partial.bytes.length - partial.filled);
    partial.bytes.set(part, partial.filled);
    partial.filled += part.length;
    this.#options.progress.add(part.length);
  }

  /**
   * Verifies a complete chunk and stores it. A damaged chunk is dropped and becomes missing again. Rejects with `quota`,
   * and the second time a chunk is damaged with `integrity`, or FileReplaced if its hash comes from an earlier download.
   */
  async commit(index: number): Promise<void> {
    const { name, id, bucket, sha256, progress, evictFor, file } = this.#options;
    const partial = this.partial(index);
    const bytes = partial.bytes.subarray(0, partial.filled);
    const hash = await sha256(bytes);
    const expected = this.#expectedHash(index);
    if (expected !== undefined && expected !== hash) {
      this.drop(index);
      if (!this.#damaged.has(index)) {
        this.#damaged.add(index);
        return;
      }
      const what = `${name}: chunk ${index} has SHA-256 ${hash}, expected ${expected}`;
      throw file.sha256 === undefined ? new FileReplaced(what) : new SttError('integrity', what);
    }
    const chunk = chunkName(id, this.record.edition, index, bytes.length, hash);
    try {
      await writeWithEviction(bucket, chunk, bytes, evictFor);
    } catch (cause) {
      throw writeError(cause, `${name}: chunk ${index}`);
    }
    this.#stored.set(String(index), { name: chunk, length: bytes.length, sha256: hash });
    this.#forget(index);
    progress.stored();
  }

  /** Discards the downloaded part of a chunk. */
  drop(index: number): void {
    this.#options.progress.add(-(this.partials.get(index)?.filled ?? 0));
    this.#forget(index);
  }

  #forget(index: number): void {
    this.#options.buffers.release(this.partials.get(index)?.bytes);
    this.partials.delete(index);
  }

  /** The chunks' hashes, in order, once all are stored. */
  hashes(): string[] {
    return [...this.#stored.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, { sha256 }]) => sha256);
  }

  #expectedHash(index: number): string | undefined {
    return (this.#options.file.sha256 ?? this.record.sha256)?.[index];
  }
}

/** A file with hashes has one version, whatever its server's ETag. */
export function versionInManifest(file: RemoteFile): VersionRecord | undefined {
  if (file.sha256 === undefined || file.bytes === undefined) return undefined;
  return { edition: 'only', chunkBytes: chunkBytesOf(file), tag: undefined, bytes: file.bytes };
}

export function chunkBytesOf(file: RemoteFile): number {
  return file.chunkBytes ?? CHUNK_BYTES;
}
