/** A file of which only some ranges are wanted: each is fetched when it is first read, as exactly those bytes, and kept. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { checkRange } from '../bytes/memory.js';
import { notKept, writeMakingRoom } from './store.js';
import { Retry } from './response.js';
import type { FetchOptions } from './file-fetch.js';
import { differ } from './same-file.js';
import { RetryPolicy } from './retry-policy.js';
import {
  deleteAll,
  editionOf,
  keptOf,
  pieceName,
  readVersion,
  versionName,
  writeRecord,
  type Version,
} from './cache-index.js';

export interface RangeSourceOptions extends FetchOptions {
  /** Runs alone among all who want this file. */
  readonly alone: <T>(work: () => Promise<T>, signal: AbortSignal) => Promise<T>;
  /** Told the name of each piece that was read. */
  readonly onPiece: (name: string) => void;
}

/** What the first request asks for: the length of a safetensors header. */
const FIRST = 8;
/** A server that does not know ranges is followed so far into the file, and no farther. */
const MOST_SKIPPED = 16 * 1024 * 1024;

/** Makes one request, if the file was never asked for before. */
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
  #version: Version | undefined;
  #size = 0;

  constructor(options: RangeSourceOptions) {
    this.#options = options;
  }

  async open(signal: AbortSignal): Promise<number> {
    const { shelf, id, alone, tally } = this.#options;
    this.#version = await readVersion(shelf, id);
    if (this.#version?.bytes === undefined) await alone(() => this.#askFirst(signal), signal);
    this.#size = this.#version?.bytes ?? 0;
    const kept = await this.#kept();
    const loaded = kept.reduce((sum, { length }) => sum + length, 0);
    tally.set(loaded, loaded);
    return this.#size;
  }

  /** Another tab may have asked meanwhile. */
  async #askFirst(signal: AbortSignal): Promise<void> {
    this.#version = await readVersion(this.#options.shelf, this.#options.id);
    if (this.#version?.bytes === undefined) await this.#fetch(0, FIRST, signal);
  }

  async read(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#stored(offset, length);
    if (stored !== undefined) return stored;
    const again = async (): Promise<Uint8Array<ArrayBuffer>> =>
      (await this.#stored(offset, length)) ?? this.#fetch(offset, length, signal);
    return this.#options.alone(again, signal);
  }

  async #kept(): Promise<{ start: number; length: number; name: string; sha256: string }[]> {
    const { shelf, id } = this.#options;
    const kept = keptOf(await shelf.names(), id, this.#version?.edition ?? '');
    return [...kept].map(([key, piece]) => ({ start: Number(key.slice('at-'.length)), ...piece }));
  }

  /** From a piece that holds the range; a damaged one is evicted. */
  async #stored(offset: number, length: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { shelf, sha256, onPiece } = this.#options;
    for (const piece of await this.#kept()) {
      if (piece.start > offset || piece.start + piece.length < offset + length) continue;
      const bytes = await shelf.read(piece.name);
      if (bytes !== undefined && (await sha256(bytes)) === piece.sha256) {
        onPiece(piece.name);
        return bytes.slice(offset - piece.start, offset - piece.start + length);
      }
      await shelf.delete(piece.name);
    }
    return undefined;
  }

  async #fetch(start: number, wanted: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { id, sha256, tally, lanes, onPiece, file } = this.#options;
    const patience = new RetryPolicy(file.url, this.#options);
    const release = await lanes.take();
    try {
      for (;;) {
        try {
          const bytes = await this.#once(start, wanted, signal);
          const edition = this.#version?.edition ?? '';
          const name = pieceName(id, edition, start, bytes.length, await sha256(bytes));
          await this.#keep(name, bytes);
          onPiece(name);
          tally.size((tally.total ?? 0) + bytes.length);
          tally.add(bytes.length);
          return bytes;
        } catch (cause) {
          await patience.afterFailure(cause, signal);
        }
      }
    } finally {
      release();
    }
  }

  async #keep(piece: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { shelf, makeRoom, name } = this.#options;
    try {
      await writeMakingRoom(shelf, piece, bytes, makeRoom);
    } catch (cause) {
      throw notKept(cause, `${name}: a piece`);
    }
  }

  async #once(start: number, wanted: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const { address, requests, gate, file, name } = this.#options;
    await gate.pass(signal);
    const request = await requests.ask(address, [start, start + wanted - 1], signal);
    try {
      const { answer } = request;
      const skipped = answer.kind === 'whole' ? start : 0;
      if (skipped + wanted > MOST_SKIPPED && answer.kind === 'whole') {
        throw new SttError('network', `${file.url}: sends the whole file, was asked for ${wanted} bytes from ${start}`);
      }
      await this.#learn(answer.total ?? file.bytes, answer.tag);
      if (answer.kind === 'before')
        throw new SttError('model-invalid', `${name}: has no bytes from ${start} at ${file.url}`);
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
      if (position < length) throw new Retry(`${file.url}: ended ${length - position} bytes early`);
      return bytes;
    } finally {
      request.end();
    }
  }

  /** The first answer says what the file is; later ones have to agree. */
  async #learn(total: number | undefined, tag: string | undefined): Promise<void> {
    const { file, id, shelf } = this.#options;
    const known = this.#version;
    if (known === undefined) {
      if (total === undefined) throw new SttError('network', `${file.url}: does not tell its size to other origins`);
      this.#version = { edition: await editionOf(tag, total), chunkBytes: 0, tag, bytes: total };
      return writeRecord(shelf, versionName(id), this.#version);
    }
    if (!differ(tag, known.tag) && (total === undefined || total === known.bytes)) return;
    await deleteAll(shelf, (name) => name.startsWith(`${id}/`));
    const now = `${String(total)} bytes, ${String(tag)}`;
    throw new SttError(
      'network',
      `${file.url}: was replaced: ${now}, was ${String(known.bytes)} bytes, ${String(known.tag)}`,
    );
  }
}
