/** Downloads one file into the store: requests the missing chunks, accepts ranges or the whole file, writes the commit marker last. */
import { SttError } from '../errors.js';
import { RetryableError, type Address, type RangeResponse } from './response.js';
import { checkSameFile, tooLong, wrongSize } from './same-file.js';
import type { Semaphore } from './semaphore.js';
import { RetryPolicy, type RetryPolicyOptions } from './retry-policy.js';
import { deleteAll, editionOf, readVersion, versionName, writeRecord, type VersionRecord } from './cache-index.js';
import type { Request, RequestClient } from './request.js';
import { chunkBytesOf, FileReplaced, versionInManifest, FileVersion, type FileVersionOptions } from './file-version.js';

export interface FetchOptions extends FileVersionOptions, RetryPolicyOptions {
  readonly address: Address;
  readonly client: RequestClient;
  readonly semaphore: Semaphore;
  readonly connections: number;
  /** The version that was opened, for when the store has lost its record. */
  readonly version?: VersionRecord | undefined;
}

/** A request that yields this many bytes resets the count of failures. */
const PROGRESS_BYTES = 1024;

/** Resolves with the file's version once every chunk is in the store. The caller holds the file's lock. */
export async function fetchFile(options: FetchOptions, signal: AbortSignal): Promise<VersionRecord> {
  const { id, bucket, file } = options;
  for (let again = false; ; again = true) {
    try {
      return await new FileFetch(again ? { ...options, version: undefined } : options, signal).complete();
    } catch (cause) {
      if (!(cause instanceof FileReplaced)) throw cause;
      if (again) throw new SttError('network', `${file.url}: ${cause.message}, again after a fresh download`);
      await deleteAll(bucket, (name) => name.startsWith(`${id}/`));
    }
  }
}

/** Downloads and stores one chunk of a file that is otherwise complete. May also reject with FileReplaced. */
export async function fetchOneChunk(
  options: FetchOptions,
  version: VersionRecord,
  index: number,
  signal: AbortSignal,
): Promise<void> {
  await new FileFetch(options, signal).repair(version, index);
}

class FileFetch {
  readonly #options: FetchOptions;
  readonly #signal: AbortSignal;
  readonly #retryPolicy: RetryPolicy;
  #version: FileVersion | undefined;
  /** The server's range responses do not include the size, so the whole file is requested. */
  #requestsWhole = false;
  /** Where the last body of the whole file ended. */
  #endedAt: number | undefined;

  constructor(options: FetchOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#retryPolicy = new RetryPolicy(options.file.url, options);
  }

  async complete(): Promise<VersionRecord> {
    const { id, bucket, file, version } = this.#options;
    const known = (await readVersion(bucket, id)) ?? version ?? versionInManifest(file);
    // Without a record, the chunks could belong to any version.
    if (known === undefined) await deleteAll(bucket, (name) => name.startsWith(`${id}/`));
    else this.#version = new FileVersion(known, await bucket.names(), this.#options);
    if (known?.bytes !== undefined && file.bytes !== undefined && known.bytes !== file.bytes) {
      throw new FileReplaced(`is ${file.bytes} bytes long now, was ${known.bytes}`);
    }
    let roomChecked = false;
    while (this.#version?.bytes === undefined || this.#version.missing().length > 0) {
      if (this.#version?.bytes !== undefined && !roomChecked) {
        await this.#options.evictFor(0);
        roomChecked = true;
      }
      const release = await this.#options.semaphore.acquire();
      try {
        const request = await this.#requestFirst();
        if (request === undefined) continue;
        if (!roomChecked)
          await this.#options.evictFor(0).catch((cause: unknown) => this.#cancelAndThrow(request, cause));
        roomChecked = true;
        const whole = request.response.kind === 'whole' ? request : await this.#downloadChunks(request, release);
        if (whole !== undefined) await this.#stream(whole);
      } finally {
        release();
      }
    }
    return this.#finish(this.#version);
  }

  async repair(version: VersionRecord, index: number): Promise<void> {
    this.#version = new FileVersion(version, [], this.#options);
    while (!this.#version.has(index)) {
      const whole = await this.#chunk(this.#version, index, undefined, this.#signal);
      if (whole !== undefined) await this.#stream(whole, index);
    }
  }

  #cancelAndThrow(request: Request, cause: unknown): never {
    request.cancel();
    throw cause;
  }

  async #finish(version: FileVersion): Promise<VersionRecord> {
    const { id, bucket } = this.#options;
    const { edition, chunkBytes, tag } = version.record;
    const record: VersionRecord = { edition, chunkBytes, tag, bytes: version.bytes, sha256: version.hashes() };
    await writeRecord(bucket, versionName(id), record);
    return record;
  }

  /** Requests the first missing chunk; the response identifies the file. Undefined if the request has to be repeated. */
  async #requestFirst(): Promise<Request | undefined> {
    const { address, client, pauseSwitch, file } = this.#options;
    const index = this.#version?.missing()[0] ?? 0;
    const chunk = this.#version?.chunkBytes ?? chunkBytesOf(file);
    const first = index * chunk + (this.#version?.partials.get(index)?.filled ?? 0);
    const last = Math.min(index * chunk + chunk, this.#version?.bytes ?? Infinity) - 1;
    try {
      await pauseSwitch.whenRunning(this.#signal);
      const request = await client.send(address, this.#requestsWhole ? undefined : [first, last], this.#signal);
      try {
        if (await this.#adopt(request.response)) return request;
        request.cancel();
        return undefined;
      } catch (cause) {
        return this.#cancelAndThrow(request, cause);
      }
    } catch (cause) {
      await this.#retryPolicy.afterFailure(cause, this.#signal);
      return undefined;
    }
  }

  /** Takes the file's size and version from a response. False if another kind of request is needed. */
  async #adopt(response: RangeResponse): Promise<boolean> {
    const { file, id, bucket } = this.#options;
    const total = response.kind === 'whole' ? undefined : response.total;
    const version = this.#version;
    if (version !== undefined) checkSameFile(version, response, this.#options);
    if (version !== undefined && version.bytes === undefined && total !== undefined) version.setSize(total);
    if (version === undefined) {
      const empty = response.kind === 'before' ? 0 : undefined;
      const bytes = total ?? file.bytes ?? empty;
      if (file.bytes !== undefined && total !== undefined && file.bytes !== total)
        throw wrongSize(total, this.#options);
      const chunkBytes = chunkBytesOf(file);
      const edition = await editionOf(response.tag, bytes, chunkBytes);
      const record: VersionRecord = { edition, chunkBytes, tag: response.tag, bytes };
      await writeRecord(bucket, versionName(id), record);
      this.#version = new FileVersion(record, [], this.#options);
    }
    if (response.kind === 'whole') return true;
    if (this.#version?.bytes !== undefined) return response.kind === 'part';
    // The size is known only at the end of the whole file.
    this.#requestsWhole = true;
    return false;
  }

  /**
   * Downloads several chunks at a time. `release` frees the connection of `firstRequest` once it is idle. Resolves with
   * a request whose response is the whole file, if there is one.
   */
  async #downloadChunks(firstRequest: Request, release: () => void): Promise<Request | undefined> {
    const version = this.#version!;
    const todo = version.missing();
    const run = new AbortController();
    const stop = (): void => run.abort(this.#signal.reason);
    if (this.#signal.aborted)
      stop(); // aborted while space was checked
    else this.#signal.addEventListener('abort', stop, { once: true });
    const wholeResponses: Request[] = [];
    const next = async (request?: Request): Promise<boolean> => {
      const index = todo[0];
      if (index === undefined || wholeResponses.length > 0 || run.signal.aborted) return false;
      todo.shift();
      const whole = await this.#chunk(version, index, request, run.signal);
      if (whole !== undefined) wholeResponses.push(whole);
      return true;
    };
    const first = async (): Promise<void> => {
      for (let more = await next(firstRequest); more;) more = await next();
      release();
    };
    const other = async (): Promise<void> => {
      for (let more = todo.length > 0; more;) {
        const done = await this.#options.semaphore.acquire();
        more = await next().finally(done);
      }
    };
    const failures: unknown[] = [];
    const workers = Array.from({ length: this.#options.connections }, (_, i) =>
      (i === 0 ? first() : other()).catch((cause: unknown) => {
        failures.push(cause);
        run.abort();
      }),
    );
    await Promise.all(workers);
    this.#signal.removeEventListener('abort', stop);
    firstRequest.cancel();
    // If several responses are the whole file, one is enough.
    wholeResponses.slice(failures.length > 0 ? 0 : 1).forEach((request) => request.cancel());
    if (failures.length > 0) throw failures[0];
    return wholeResponses[0];
  }

  /** Downloads and stores one chunk; resolves with the request instead if its response is the whole file. */
  async #chunk(
    version: FileVersion,
    index: number,
    firstRequest: Request | undefined,
    signal: AbortSignal,
  ): Promise<Request | undefined> {
    const { address, client, pauseSwitch, file } = this.#options;
    const retryPolicy = new RetryPolicy(file.url, this.#options);
    for (let request = firstRequest; !version.has(index); request = undefined) {
      const start = index * version.chunkBytes;
      const partial = version.partial(index);
      const before = partial.filled;
      try {
        await pauseSwitch.whenRunning(signal);
        request ??= await client.send(address, [start + before, start + partial.bytes.length - 1], signal);
        if (request.response.kind === 'whole') return request;
        try {
          checkSameFile(version, request.response, this.#options);
          const take = (bytes: Uint8Array): 'more' | 'enough' => {
            version.fill(index, bytes);
            return partial.filled === partial.bytes.length ? 'enough' : 'more';
          };
          await request.read(take, signal);
        } finally {
          request.cancel();
        }
        if (partial.filled < partial.bytes.length)
          throw new RetryableError(`${file.url}: ended at byte ${start + partial.filled}`);
        await version.commit(index);
      } catch (cause) {
        if (partial.filled - before >= Math.min(PROGRESS_BYTES, partial.bytes.length / 16)) retryPolicy.reset();
        await retryPolicy.afterFailure(cause, signal);
      }
    }
    return undefined;
  }

  /** Reads the whole file and stores its missing chunks, or only chunk `only`. Returns early if the body is cut. */
  async #stream(request: Request, only?: number): Promise<void> {
    const version = this.#version!;
    const { chunkBytes } = version;
    const wanted = (index: number): boolean => !version.has(index) && (only === undefined || index === only);
    let position = 0;
    let storedAny = false as boolean;
    // Partly downloaded chunks start over: this body begins at byte 0.
    [...version.partials.keys()].forEach((index) => version.drop(index));
    const take = async (bytes: Uint8Array): Promise<'more' | 'enough'> => {
      while (bytes.length > 0) {
        const index = Math.floor(position / chunkBytes);
        if (version.bytes !== undefined && position >= version.bytes) return tooLong(version.bytes, this.#options);
        const length = Math.min(bytes.length, index * chunkBytes + version.lengthOf(index) - position);
        if (wanted(index)) {
          version.fill(index, bytes.subarray(0, length));
          const { filled, bytes: whole } = version.partial(index);
          if (filled === whole.length) await version.commit(index);
          storedAny ||= version.has(index);
          if (only !== undefined && version.has(only)) return 'enough';
        }
        position += length;
        bytes = bytes.subarray(length);
      }
      return 'more';
    };
    try {
      checkSameFile(version, request.response, this.#options);
      await request.read(take, this.#signal);
      await this.#ended(version, position, request.response.total);
    } catch (cause) {
      // A partial chunk is lost with the request, so only whole chunks count as progress.
      if (storedAny) this.#retryPolicy.reset();
      await this.#retryPolicy.afterFailure(cause, this.#signal);
    } finally {
      request.cancel();
    }
  }

  /** Handles a body that ended by itself: if the size was unknown, this is the end of the file. */
  async #ended(version: FileVersion, position: number, announced: number | undefined): Promise<void> {
    const { url } = this.#options.file;
    const isSameAsBefore = position === this.#endedAt;
    this.#endedAt = position;
    // A transparently compressed body has another Content-Length; it ends at the same byte each time.
    const short = position < (version.bytes ?? (isSameAsBefore ? 0 : (announced ?? 0)));
    if (short) throw new RetryableError(`${url}: ended at byte ${position}`);
    if (version.bytes !== undefined) return;
    const index = Math.floor(position / version.chunkBytes);
    if (position % version.chunkBytes > 0 && !version.has(index)) await version.commit(index);
    version.setSize(position);
  }
}
