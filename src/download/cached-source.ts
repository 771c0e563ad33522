/** Reads a file from the store chunk by chunk; each chunk is verified when this thread first reads it. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { release } from '../bytes/release.js';
import { checkRange } from '../bytes/memory.js';
import type { FallbackBucket } from './memory-fallback.js';
import { chunkName, type VersionRecord } from './cache-index.js';
import { isQuotaError, STORE_LOST_DATA } from './restore.js';

export interface StoredFile {
  readonly name: string;
  readonly id: string;
  readonly bucket: FallbackBucket;
  /** A complete version. */
  readonly version: VersionRecord;
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** With the file's lock: unless `isIntact` by then, downloads one chunk again and stores it. Rejects with an SttError. */
  readonly repair: (index: number, isIntact: () => Promise<boolean>) => Promise<void>;
}

/** Chunks held after their last reader: consecutive reads overlap two. */
const IDLE_CHUNKS = 2;

export function cachedSource(file: StoredFile): ByteSource {
  const { chunkBytes, bytes: size = 0 } = file.version;
  const chunks = new ChunkReader(file);
  return {
    name: file.name,
    size,
    read: async (offset, length) => {
      checkRange(file.name, size, offset, length);
      const bytes = new Uint8Array(length);
      if (length === 0) return bytes;
      let filled = 0;
      await chunks.each(Math.floor(offset / chunkBytes), Math.ceil((offset + length) / chunkBytes), (chunk) => {
        const from = (offset + filled) % chunkBytes;
        const part = chunk.subarray(from, from + length - filled);
        bytes.set(part, filled);
        filled += part.length;
      });
      return bytes;
    },
  };
}

interface LoadedChunk {
  readonly index: number;
  /** Undefined before the first read. */
  chunk: Promise<Uint8Array<ArrayBuffer>> | undefined;
  /** Reads that still need it. */
  readers: number;
}

class ChunkReader {
  readonly #file: StoredFile;
  /** In the order of their latest reads. */
  readonly #loaded = new Map<number, LoadedChunk>();
  readonly #verified = new Set<number>();

  constructor(file: StoredFile) {
    this.#file = file;
  }

  /**
   * Calls `use` with each chunk from `first` to before `end`; a chunk's memory may be released once it returns. All
   * chunks are reserved at once, so that chunks shared by reads are kept until the slowest read has used them.
   */
  async each(first: number, end: number, use: (chunk: Uint8Array) => void): Promise<void> {
    const reserved: LoadedChunk[] = [];
    for (let index = first; index < end; index++) reserved.push(this.#reserve(index));
    try {
      for (let next = reserved[0]; next; next = reserved[0]) {
        use(await this.#chunkOf(next));
        reserved.shift();
        next.readers--;
        await this.#releaseIdle();
      }
    } finally {
      for (const left of reserved) left.readers--;
      await this.#releaseIdle();
    }
  }

  #reserve(index: number): LoadedChunk {
    const loaded = this.#loaded.get(index) ?? { index, chunk: undefined, readers: 0 };
    // Moves it to the end of the map.
    this.#loaded.delete(index);
    this.#loaded.set(index, loaded);
    loaded.readers++;
    return loaded;
  }

  async #chunkOf(loaded: LoadedChunk): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = (loaded.chunk ??= this.#load(loaded.index));
    try {
      return await chunk;
    } catch (cause) {
      if (loaded.chunk === chunk) loaded.chunk = undefined; // the next read tries again
      throw cause;
    }
  }

  /** Releases the chunks without readers, except the most recently used ones. */
  async #releaseIdle(): Promise<void> {
    const idle = [...this.#loaded.values()].filter(({ readers }) => readers === 0);
    const empty = idle.filter(({ chunk }) => chunk === undefined);
    const full = idle.filter(({ chunk }) => chunk !== undefined);
    for (const { index, chunk } of [...empty, ...full.slice(0, -IDLE_CHUNKS)]) {
      this.#loaded.delete(index);
      if (chunk) release(await chunk);
    }
  }

  async #load(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const { name, bucket, repair } = this.#file;
    const chunk = await this.#readIntact(index);
    if (chunk !== undefined) return chunk;
    const isIntact = async (): Promise<boolean> => {
      const found = await this.#readIntact(index);
      if (found !== undefined) {
        release(found);
        return true;
      }
      // A damaged chunk must not count as stored if its download fails.
      await bucket.delete(this.#name(index));
      return false;
    };
    for (const isLast of [false, true]) {
      // If the store cannot keep the chunk, it is read from memory.
      if (isLast) bucket.spill(STORE_LOST_DATA);
      await repair(index, isIntact).catch((cause: unknown) => {
        if (isLast || !isQuotaError(cause)) throw cause;
      });
      const repaired = await this.#readIntact(index);
      if (repaired !== undefined) return repaired;
    }
    throw new SttError(
      'integrity',
      `${name}: chunk ${index} is damaged in the store, and in memory after it was downloaded again`,
    );
  }

  /** The chunk, or undefined if it is missing or damaged. */
  async #readIntact(index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { bucket, version, sha256 } = this.#file;
    const bytes = await bucket.read(this.#name(index));
    if (bytes?.length !== this.#length(index)) return undefined;
    if (!this.#verified.has(index)) {
      if ((await sha256(bytes)) !== version.sha256?.[index]) return undefined;
      this.#verified.add(index);
    }
    return bytes;
  }

  #length(index: number): number {
    const { chunkBytes, bytes = 0 } = this.#file.version;
    return Math.min(chunkBytes, bytes - index * chunkBytes);
  }

  #name(index: number): string {
    const { id, version } = this.#file;
    return chunkName(id, version.edition, index, this.#length(index), version.sha256?.[index] ?? '');
  }
}
