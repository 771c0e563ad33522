/** Brings one file into the store: asks for what is missing, takes whatever the server gives, and writes the commit marker last. */
import { SttError } from '../errors.js';
import { Retry, type Address, type RangeResponse } from './response.js';
import { compare, tooLong, wrongSize } from './same-file.js';
import type { Semaphore } from './semaphore.js';
import { RetryPolicy, type RetryPolicyOptions } from './retry-policy.js';
import { deleteAll, editionOf, readVersion, versionName, writeRecord, type Version } from './cache-index.js';
import type { Request, Requests } from './request.js';
import { chunkBytesOf, Replaced, versionInManifest, FileVersion, type FileVersionOptions } from './file-version.js';

export interface FetchOptions extends FileVersionOptions, RetryPolicyOptions {
  readonly address: Address;
  readonly requests: Requests;
  readonly lanes: Semaphore;
  readonly laneCount: number;
  /** The version that was here, where its record may be lost. */
  readonly version?: Version | undefined;
}

/** Progress worth starting to count failed tries anew. */
const SOME_BYTES = 1024;

/** Resolves, once every chunk is in the store, with the version they make up. Nobody else may do the same at the time. */
export async function fetchFile(options: FetchOptions, signal: AbortSignal): Promise<Version> {
  const { id, shelf, file } = options;
  for (let again = false; ; again = true) {
    try {
      return await new FileFetch(again ? { ...options, version: undefined } : options, signal).complete();
    } catch (cause) {
      if (!(cause instanceof Replaced)) throw cause;
      if (again) throw new SttError('network', `${file.url}: ${cause.message}, again after it was fetched anew`);
      await deleteAll(shelf, (name) => name.startsWith(`${id}/`));
    }
  }
}

/** Fetches one chunk of a file that is complete but for it, and keeps it. Rejects also with Replaced. */
export async function fetchOneChunk(
  options: FetchOptions,
  version: Version,
  index: number,
  signal: AbortSignal,
): Promise<void> {
  await new FileFetch(options, signal).mend(version, index);
}

class FileFetch {
  readonly #options: FetchOptions;
  readonly #signal: AbortSignal;
  readonly #patience: RetryPolicy;
  #kept: FileVersion | undefined;
  /** Ranges are of no use: they do not tell the size. */
  #wantsWhole = false;
  /** Where the last body ended that was the whole file's. */
  #endedAt: number | undefined;

  constructor(options: FetchOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#patience = new RetryPolicy(options.file.url, options);
  }

  async complete(): Promise<Version> {
    const { id, shelf, file, version } = this.#options;
    const known = (await readVersion(shelf, id)) ?? version ?? versionInManifest(file);
    // Chunks of a version nobody remembers could be any version's.
    if (known === undefined) await deleteAll(shelf, (name) => name.startsWith(`${id}/`));
    else this.#kept = new FileVersion(known, await shelf.names(), this.#options);
    if (known?.bytes !== undefined && file.bytes !== undefined && known.bytes !== file.bytes) {
      throw new Replaced(`is ${file.bytes} bytes long now, was ${known.bytes}`);
    }
    let roomChecked = false;
    while (this.#kept?.bytes === undefined || this.#kept.missing().length > 0) {
      if (this.#kept?.bytes !== undefined && !roomChecked) {
        await this.#options.makeRoom(0);
        roomChecked = true;
      }
      const release = await this.#options.lanes.take();
      try {
        const request = await this.#lead();
        if (request === undefined) continue;
        if (!roomChecked) await this.#options.makeRoom(0).catch((cause: unknown) => this.#endAndThrow(request, cause));
        roomChecked = true;
        const whole = request.answer.kind === 'whole' ? request : await this.#fanOut(request, release);
        if (whole !== undefined) await this.#stream(whole);
      } finally {
        release();
      }
    }
    return this.#finish(this.#kept);
  }

  async mend(version: Version, index: number): Promise<void> {
    this.#kept = new FileVersion(version, [], this.#options);
    while (!this.#kept.has(index)) {
      const whole = await this.#chunk(this.#kept, index, undefined, this.#signal);
      if (whole !== undefined) await this.#stream(whole, index);
    }
  }

  #endAndThrow(request: Request, cause: unknown): never {
    request.end();
    throw cause;
  }

  async #finish(kept: FileVersion): Promise<Version> {
    const { id, shelf } = this.#options;
    const { edition, chunkBytes, tag } = kept.version;
    const version: Version = { edition, chunkBytes, tag, bytes: kept.bytes, sha256: kept.hashes() };
    await writeRecord(shelf, versionName(id), version);
    return version;
  }

  /** The request for the first missing chunk; its answer says what there is. Undefined if it has to be made again. */
  async #lead(): Promise<Request | undefined> {
    const { address, requests, gate, file } = this.#options;
    const index = this.#kept?.missing()[0] ?? 0;
    const chunk = this.#kept?.chunkBytes ?? chunkBytesOf(file);
    const first = index * chunk + (this.#kept?.partials.get(index)?.filled ?? 0);
    const last = Math.min(index * chunk + chunk, this.#kept?.bytes ?? Infinity) - 1;
    try {
      await gate.pass(this.#signal);
      const request = await requests.ask(address, this.#wantsWhole ? undefined : [first, last], this.#signal);
      try {
        if (await this.#adopt(request.answer)) return request;
        request.end();
        return undefined;
      } catch (cause) {
        return this.#endAndThrow(request, cause);
      }
    } catch (cause) {
      await this.#patience.afterFailure(cause, this.#signal);
      return undefined;
    }
  }

  /** Learns from an answer what the file is. False if it is to be asked for otherwise. */
  async #adopt(answer: RangeResponse): Promise<boolean> {
    const { file, id, shelf } = this.#options;
    const total = answer.kind === 'whole' ? undefined : answer.total;
    const kept = this.#kept;
    if (kept !== undefined) compare(kept, answer, this.#options);
    if (kept !== undefined && kept.bytes === undefined && total !== undefined) kept.learnSize(total);
    if (kept === undefined) {
      const empty = answer.kind === 'before' ? 0 : undefined;
      const bytes = total ?? file.bytes ?? empty;
      if (file.bytes !== undefined && total !== undefined && file.bytes !== total)
        throw wrongSize(total, this.#options);
      const chunkBytes = chunkBytesOf(file);
      const edition = await editionOf(answer.tag, bytes, chunkBytes);
      const version: Version = { edition, chunkBytes, tag: answer.tag, bytes };
      await writeRecord(shelf, versionName(id), version);
      this.#kept = new FileVersion(version, [], this.#options);
    }
    if (answer.kind === 'whole') return true;
    if (this.#kept?.bytes !== undefined) return answer.kind === 'part';
    // Nothing but the end of the whole tells where it is.
    this.#wantsWhole = true;
    return false;
  }

  /**
   * Several chunks at a time; the lane `lead` came on is given back through `release` when it is not needed any more.
   * Resolves with a request whose answer turned out to be the whole file, if one did.
   */
  async #fanOut(lead: Request, release: () => void): Promise<Request | undefined> {
    const kept = this.#kept!;
    const todo = kept.missing();
    const run = new AbortController();
    const stop = (): void => run.abort(this.#signal.reason);
    if (this.#signal.aborted)
      stop(); // while room was asked for
    else this.#signal.addEventListener('abort', stop, { once: true });
    const wholes: Request[] = [];
    const next = async (request?: Request): Promise<boolean> => {
      const index = todo[0];
      if (index === undefined || wholes.length > 0 || run.signal.aborted) return false;
      todo.shift();
      const whole = await this.#chunk(kept, index, request, run.signal);
      if (whole !== undefined) wholes.push(whole);
      return true;
    };
    const first = async (): Promise<void> => {
      for (let more = await next(lead); more;) more = await next();
      release();
    };
    const other = async (): Promise<void> => {
      for (let more = todo.length > 0; more;) {
        const done = await this.#options.lanes.take();
        more = await next().finally(done);
      }
    };
    const failures: unknown[] = [];
    const lanes = Array.from({ length: this.#options.laneCount }, (_, i) =>
      (i === 0 ? first() : other()).catch((cause: unknown) => {
        failures.push(cause);
        run.abort();
      }),
    );
    await Promise.all(lanes);
    this.#signal.removeEventListener('abort', stop);
    lead.end();
    // Where several lanes were told the whole file, one of them is enough.
    wholes.slice(failures.length > 0 ? 0 : 1).forEach((request) => request.end());
    if (failures.length > 0) throw failures[0];
    return wholes[0];
  }

  /** Fetches and keeps one chunk; resolves with the request instead if it was answered with the whole file. */
  async #chunk(
    kept: FileVersion,
    index: number,
    lead: Request | undefined,
    signal: AbortSignal,
  ): Promise<Request | undefined> {
    const { address, requests, gate, file } = this.#options;
    const patience = new RetryPolicy(file.url, this.#options);
    for (let request = lead; !kept.has(index); request = undefined) {
      const start = index * kept.chunkBytes;
      const partial = kept.partial(index);
      const before = partial.filled;
      try {
        await gate.pass(signal);
        request ??= await requests.ask(address, [start + before, start + partial.bytes.length - 1], signal);
        if (request.answer.kind === 'whole') return request;
        try {
          compare(kept, request.answer, this.#options);
          const take = (bytes: Uint8Array): 'more' | 'enough' => {
            kept.fill(index, bytes);
            return partial.filled === partial.bytes.length ? 'enough' : 'more';
          };
          await request.read(take, signal);
        } finally {
          request.end();
        }
        if (partial.filled < partial.bytes.length)
          throw new Retry(`${file.url}: ended at byte ${start + partial.filled}`);
        await kept.commit(index);
      } catch (cause) {
        if (partial.filled - before >= Math.min(SOME_BYTES, partial.bytes.length / 16)) patience.reset();
        await patience.afterFailure(cause, signal);
      }
    }
    return undefined;
  }

  /** Reads the whole file and keeps what is missing of it, or only chunk `only`. Returns early if the body is cut. */
  async #stream(request: Request, only?: number): Promise<void> {
    const kept = this.#kept!;
    const { chunkBytes } = kept;
    const wanted = (index: number): boolean => !kept.has(index) && (only === undefined || index === only);
    let position = 0;
    let keptAny = false as boolean;
    // What ranges have brought of a chunk is brought again from its beginning.
    [...kept.partials.keys()].forEach((index) => kept.drop(index));
    const take = async (bytes: Uint8Array): Promise<'more' | 'enough'> => {
      while (bytes.length > 0) {
        const index = Math.floor(position / chunkBytes);
        if (kept.bytes !== undefined && position >= kept.bytes) return tooLong(kept.bytes, this.#options);
        const length = Math.min(bytes.length, index * chunkBytes + kept.lengthOf(index) - position);
        if (wanted(index)) {
          kept.fill(index, bytes.subarray(0, length));
          const { filled, bytes: whole } = kept.partial(index);
          if (filled === whole.length) await kept.commit(index);
          keptAny ||= kept.has(index);
          if (only !== undefined && kept.has(only)) return 'enough';
        }
        position += length;
        bytes = bytes.subarray(length);
      }
      return 'more';
    };
    try {
      compare(kept, request.answer, this.#options);
      await request.read(take, this.#signal);
      await this.#ended(kept, position, request.answer.total);
    } catch (cause) {
      // Less than a chunk is lost with the request: a server that never gets further has given nothing.
      if (keptAny) this.#patience.reset();
      await this.#patience.afterFailure(cause, this.#signal);
    } finally {
      request.end();
    }
  }

  /** A body came to its own end: that is the file's, if nobody knew better. */
  async #ended(kept: FileVersion, position: number, announced: number | undefined): Promise<void> {
    const { url } = this.#options.file;
    const asBefore = position === this.#endedAt;
    this.#endedAt = position;
    // A body that is compressed unseen is announced with another length; it ends at the same byte each time.
    const short = position < (kept.bytes ?? (asBefore ? 0 : (announced ?? 0)));
    if (short) throw new Retry(`${url}: ended at byte ${position}`);
    if (kept.bytes !== undefined) return;
    const index = Math.floor(position / kept.chunkBytes);
    if (position % kept.chunkBytes > 0 && !kept.has(index)) await kept.commit(index);
    kept.learnSize(position);
  }
}
