/** A sparse file: each range is downloaded when it is first read, and stored as a piece. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { checkRange } from '../bytes/memory.js';
import { writeError, writeWithEviction } from './store.js';
import { RetryableError } from './response.js';
import type { FetchOptions } from './file-fetch.js';
import { tagsDiffer } from './same-file.js';
import { RetryPolicy } from './retry-policy.js';
import {
  deleteAll,
  editionOf,
  cachedChunks,
  pieceName,
  readVersion,
  versionName,
  writeRecord,
  type VersionRecord,
} from './cache-index.js';

export interface RangeSourceOptions extends FetchOptions {
  /** Runs `work` while holding this file's lock. */
  readonly withFileLock: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Called with the name of each piece that was read. */
  readonly onPiece: (name: string) => void;
}

/** Bytes of the first request: the length field of a safetensors header. */
const FIRST_BYTES = 8;
/** Most bytes read from a server that ignores ranges. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;

/** Makes one request if the file's size is unknown. */
export async function rangeSource(options: RangeSourceOptions, signal: () => AbortSignal): Promise<ByteSource> {
  const reader = new PieceReader(options);
  const size = await reader.open(signal());
  return {
    name: options.name,
    size,
    read: async (offset, length) => {
      checkRange(options.name, size, offset, length);
      return length === 0 ? new Uint8Array() : reader.read(offset, length, signal());
    },
  };
}

class PieceReader {
  readonly #options: RangeSourceOptions;
  #version: VersionRecord | undefined;
  #size = 0;

  constructor(options: RangeSourceOptions) {
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<number> {
    const { bucket, id, withFileLock, progress } = this.#options;
    this.#version = await readVersion(bucket, id);
    if (this.#version?.bytes === undefined) await withFileLock(() => this.#requestSize(signal), signal);
    this.#size = this.#version?.bytes ?? 0;
    const pieces = await this.#pieces();
    const loaded = pieces.reduce((sum, { length }) => sum + length, 0);
    progress.set(loaded, loaded);
    return this.#size;
  }

  /** Requests the size, unless another tab has stored it meanwhile. */
  async #requestSize(signal: AbortSignal): Promise<void> {
    this.#version = await readVersion(this.#options.bucket, this.#options.id);
    if (this.#version?.bytes === undefined) await this.#fetch(0, FIRST_BYTES, signal);
  }

  async read(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#stored(offset, length);
    if (stored !== undefined) return stored;
    const readOrFetch = async (): Promise<Uint8Array<ArrayBuffer>> =>
      (await this.#stored(offset, length)) ?? this.#fetch(offset, length, signal);
    return this.#options.withFileLock(readOrFetch, signal);
  }

  async #pieces(): Promise<{ start: number; length: number; name: string; sha256: string }[]> {
    const { bucket, id } = this.#options;
    const pieces = cachedChunks(await bucket.names(), id, this.#version?.edition ?? '');
    return [...pieces].map(([key, piece]) => ({ start: Number(key.slice('at-'.length)), ...piece }));
  }

  /** Reads the range from a stored piece that contains it; evicts a damaged piece. */
  async #stored(offset: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { bucket, sha256, onPiece } = this.#options;
    for (const piece of await this.#pieces()) {
      if (piece.start > offset || piece.start + piece.length < offset + length) continue;
      const bytes = await bucket.read(piece.name);
      if (bytes !== undefined && (await sha256(bytes)) === piece.sha256) {
        onPiece(piece.name);
        return bytes.slice(offset - piece.start, offset - piece.start + length);
      }
      await bucket.delete(piece.name);
    }
    return undefined;
  }

  async #fetch(start: number, wanted: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { id, sha256, progress, semaphore, onPiece, file } = this.#options;
    const retryPolicy = new RetryPolicy(file.url, this.#options);
    const release = await semaphore.acquire();
    try {
      for (;;) {
        try {
          const bytes = await this.#once(start, wanted, signal);
          const edition = this.#version?.edition ?? '';
          const name = pieceName(id, edition, start, bytes.length, await sha256(bytes));
          await this.#store(name, bytes);
          onPiece(name);
          progress.setTotal((progress.total ?? 0) + bytes.length);
          progress.add(bytes.length);
          return bytes;
        } catch (cause) {
          await retryPolicy.afterFailure(cause, signal);
        }
      }
    } finally {
      release();
    }
  }

  async #store(piece: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { bucket, evictFor, name } = this.#options;
    try {
      await writeWithEviction(bucket, piece, bytes, evictFor);
    } catch (cause) {
      throw writeError(cause, `${name}: a piece`);
    }
  }

  async #once(start: number, wanted: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { address, client, pauseSwitch, file, name } = this.#options;
    await pauseSwitch.whenRunning(signal);
    const request = await client.send(address, [start, start + wanted - 1], signal);
    try {
      const { response } = request;
      const skipped = response.kind === 'whole' ? start : 0;
      if (skipped + wanted > MAX_WHOLE_BYTES && response.kind === 'whole') {
        throw new SttError(
          'network',
          `${file.url}: the response is the whole file, expected ${wanted} bytes from ${start}`,
        );
      }
      await this.#learn(response.total ?? file.bytes, response.tag);
      if (response.kind === 'before')
        throw new SttError('model-invalid', `${name}: ends before byte ${start} at ${file.url}`);
      const length = Math.min(wanted, (this.#version?.bytes ?? 0) - start);
      const bytes = new Uint8Array(length);
      let position = -skipped;
      const take = (part: Uint8Array): 'more' | 'enough' => {
        const from = Math.max(0, -position);
        const fits = part.subarray(from, from + length - Math.max(0, position));
        bytes.set(fits, Math.max(0, position));
        position += part.length;
        return position >= length ? 'enough' : 'more';
      };
      await request.read(take, signal);
      if (position < length) throw new RetryableError(`${file.url}: ended ${length - position} bytes early`);
      return bytes;
    } finally {
      request.cancel();
    }
  }

  /** Takes the file's size and version from the first response; later ones have to agree. */
  async #learn(total: number | undefined, tag: string | undefined): Promise<void> {
    const { file, id, bucket } = this.#options;
    const known = this.#version;
    if (known === undefined) {
      if (total === undefined)
        throw new SttError('network', `${file.url}: the server does not expose the file's size to other origins`);
      this.#version = { edition: await editionOf(tag, total), chunkBytes: 0, tag, bytes: total };
      return writeRecord(bucket, versionName(id), this.#version);
    }
    if (!tagsDiffer(tag, known.tag) && (total === undefined || total === known.bytes)) return;
    await deleteAll(bucket, (name) => name.startsWith(`${id}/`));
    const now = `${String(total)} bytes, ${String(tag)}`;
    throw new SttError(
      'network',
      `${file.url}: was replaced on the server: found ${now}, expected ${String(known.bytes)} bytes, ${String(known.tag)}`,
    );
  }
}
