/** A file that is in the store, read chunk by chunk; each is verified when this thread first reads it. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { release } from '../bytes/release.js';
import { checkRange } from '../bytes/memory.js';
import type { FallbackBucket } from './memory-fallback.js';
import { chunkName, type Version } from './cache-index.js';
import { isFull, LOST } from './restore.js';

export interface StoredFile {
  readonly name: string;
  readonly id: string;
  readonly shelf: FallbackBucket;
  /** Complete. */
  readonly version: Version;
  readonly sha256: (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;
  /** Alone among all who want this file: unless `isSound` by then, fetches one chunk again and keeps it. Rejects with an SttError. */
  readonly mend: (index: number, isSound: () => Promise<boolean>) => Promise<void>;
}

/** Chunks that nobody reads and are held all the same: windows that readers ask for overlap two. */
const HELD = 2;

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
      let taken = 0;
      await chunks.each(Math.floor(offset / chunkBytes), Math.ceil((offset + length) / chunkBytes), (chunk) => {
        const from = (offset + taken) % chunkBytes;
        const part = chunk.subarray(from, from + length - taken);
        bytes.set(part, taken);
        taken += part.length;
      });
      return bytes;
    },
  };
}

interface Held {
  readonly index: number;
  /** Undefined before it is first wanted. */
  chunk: Promise<Uint8Array<ArrayBuffer>> | undefined;
  /** Reads that will use it: its memory is theirs. */
  readers: number;
}

class ChunkReader {
  readonly #file: StoredFile;
  /** In the order of the reads that asked for them, the last ones last. */
  readonly #held = new Map<number, Held>();
  readonly #verified = new Set<number>();

  constructor(file: StoredFile) {
    this.#file = file;
  }

  /**
   * Calls `look` with each chunk from `first` to before `end`; a chunk's memory may be gone once it has returned. All are
   * taken at once, so that what reads share is kept until the slowest has used it, in whichever order they end.
   */
  async each(first: number, end: number, look: (chunk: Uint8Array) => void): Promise<void> {
    const taken: Held[] = [];
    for (let index = first; index < end; index++) taken.push(this.#take(index));
    try {
      for (let next = taken[0]; next; next = taken[0]) {
        look(await this.#chunkOf(next));
        taken.shift();
        next.readers--;
        await this.#letGo();
      }
    } finally {
      for (const left of taken) left.readers--;
      await this.#letGo();
    }
  }

  #take(index: number): Held {
    const held = this.#held.get(index) ?? { index, chunk: undefined, readers: 0 };
    // Last in the map is asked for last.
    this.#held.delete(index);
    this.#held.set(index, held);
    held.readers++;
    return held;
  }

  async #chunkOf(held: Held): Promise<Uint8Array<ArrayBuffer>> {
    const chunk = (held.chunk ??= this.#load(held.index));
    try {
      return await chunk;
    } catch (cause) {
      if (held.chunk === chunk) held.chunk = undefined; // the next read tries again
      throw cause;
    }
  }

  /** Releases the chunks that no read uses, all but those asked for last. */
  async #letGo(): Promise<void> {
    const idle = [...this.#held.values()].filter(({ readers }) => readers === 0);
    const empty = idle.filter(({ chunk }) => chunk === undefined);
    const full = idle.filter(({ chunk }) => chunk !== undefined);
    for (const { index, chunk } of [...empty, ...full.slice(0, -HELD)]) {
      this.#held.delete(index);
      if (chunk) release(await chunk);
    }
  }

  async #load(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const { name, shelf, mend } = this.#file;
    const chunk = await this.#sound(index);
    if (chunk !== undefined) return chunk;
    const isSound = async (): Promise<boolean> => {
      const found = await this.#sound(index);
      if (found !== undefined) {
        release(found);
        return true;
      }
      // So that nobody counts it while it cannot be fetched.
      await shelf.delete(this.#name(index));
      return false;
    };
    for (const isLast of [false, true]) {
      // What the store cannot keep is read from memory.
      if (isLast) shelf.spill(LOST);
      await mend(index, isSound).catch((cause: unknown) => {
        if (isLast || !isFull(cause)) throw cause;
      });
      const repaired = await this.#sound(index);
      if (repaired !== undefined) return repaired;
    }
    throw new SttError(
      'integrity',
      `${name}: chunk ${index} is damaged in the store, and in memory after it was downloaded again`,
    );
  }

  /** The chunk as it should be, or undefined. */
  async #sound(index: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { shelf, version, sha256 } = this.#file;
    const bytes = await shelf.read(this.#name(index));
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
