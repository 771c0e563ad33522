/** Sends one HTTP range request and classifies the response. */
import { SttError } from '../errors.js';

/** `part`: the range; `whole`: the whole file despite the range; `before`: the file ends before the range. */
export interface RangeResponse {
  readonly kind: 'part' | 'whole' | 'before';
  /** The file's size, if known. Only a hint for `whole`, whose body may be compressed transparently. */
  readonly total: number | undefined;
  /** The server's ETag or modification time. */
  readonly tag: string | undefined;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** A failure worth another attempt, after `afterMs` milliseconds if the server sent Retry-After. */
export class RetryableError extends Error {
  readonly afterMs: number | undefined;

  constructor(message: string, afterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.afterMs = afterMs;
  }
}

/** A single rejection is likely the network's. */
const REJECTIONS_BEFORE_WHOLE = 2;

/** Upper limit for Retry-After. */
const LONGEST_WAIT_MS = 60_000;

/** A file's URL. If it redirects to a signed URL, requests go there directly until it expires. */
export class Address {
  readonly url: string;
  readonly #fetch: typeof fetch;
  #signed: string | undefined;
  /** Whether requests for a range reach the page; undefined before the first one has. */
  #rangesWork: boolean | undefined;
  #rejectedRanges = 0;

  constructor(url: string, get: typeof fetch) {
    this.url = url;
    this.#fetch = get;
  }

  /** `range` is [first, last] byte; without it the whole file. Rejects with RetryableError, `network`, or the abort's reason. */
  async request(range: readonly [number, number] | undefined, signal: AbortSignal): Promise<RangeResponse> {
    const response =
      range === undefined || this.#rangesWork === false
        ? this.#read(await this.#get(undefined, signal), undefined)
        : await this.#range(range, signal);
    if (response !== 'unusable') return response;
    // A range of a compressed body cannot be decoded.
    const whole = this.#read(await this.#get(undefined, signal), undefined);
    if (whole === 'unusable') throw new RetryableError(`${this.url}: the response is a part of a compressed file`);
    return whole;
  }

  /**
   * Chromium rejects compressed responses to range requests as a network error. So after two rejections, before any success, a
   * plain request is tried; if that one works and the range is rejected once more, the network is not the cause.
   */
  async #range(range: readonly [number, number], signal: AbortSignal): Promise<RangeResponse | 'unusable'> {
    const rejection = await this.#tryRange(range, signal);
    if (rejection instanceof Response) return this.#read(rejection, range);
    this.#rejectedRanges += 1;
    if (this.#rangesWork === true || this.#rejectedRanges % REJECTIONS_BEFORE_WHOLE > 0) throw rejection;
    const whole = await this.#get(undefined, signal);
    const again = whole.ok ? await this.#tryRange(range, signal) : undefined;
    if (again instanceof Response) {
      discard(whole.body, false);
      return this.#read(again, range);
    }
    if (whole.ok) this.#rangesWork = false;
    return this.#read(whole, undefined);
  }

  /** Resolves with the error if the request was rejected for another reason than `signal`. */
  async #tryRange(range: readonly [number, number], signal: AbortSignal): Promise<Response | RetryableError> {
    try {
      const response = await this.#get(range, signal);
      this.#rangesWork = true;
      return response;
    } catch (cause) {
      if (signal.aborted || !(cause instanceof RetryableError)) throw cause;
      return cause;
    }
  }

  async #get(range: readonly [number, number] | undefined, signal: AbortSignal): Promise<Response> {
    const signed = this.#signed;
    if (signed !== undefined) {
      const response = await this.#once(signed, range, signal).catch((cause: unknown) => {
        // The signed host may be down: the next attempt follows the redirect again.
        this.#forget(signed);
        if (signal.aborted) throw cause;
        return undefined; // without CORS headers, a rejection looks like a network error
      });
      if (response?.ok === false && response.status !== 416) this.#forget(signed);
      if (response !== undefined && !isRejection(response.status)) return response;
      await response?.body?.cancel();
    }
    const response = await this.#once(this.url, range, signal);
    if (response.redirected && response.ok) this.#signed = response.url;
    return response;
  }

  #forget(signed: string): void {
    if (this.#signed === signed) this.#signed = undefined;
  }

  /** Sends only Range, which needs no preflight, and bypasses the HTTP cache, which would keep a second copy. */
  async #once(url: string, range: readonly [number, number] | undefined, signal: AbortSignal): Promise<Response> {
    try {
      return await this.#fetch(url, {
        cache: 'no-store',
        signal,
        ...(range === undefined ? {} : { headers: { Range: `bytes=${range[0]}-${range[1]}` } }),
      });
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new RetryableError(`${this.url}: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, {
        cause,
      });
    }
  }

  #read(response: Response, range: readonly [number, number] | undefined): RangeResponse | 'unusable' {
    const { status, headers, body } = response;
    const compressed = (headers.get('content-encoding') ?? 'identity') !== 'identity';
    if ((status === 200 || status === 206) && isPage(this.url, headers)) {
      discard(body, false);
      throw new SttError('network', `${this.url}: the response is a web page (text/html), expected a model file`);
    }
    if (status === 200) {
      const total = compressed ? undefined : numberIn(headers.get('content-length'));
      return { kind: 'whole', total, tag: tagOf(headers), body };
    }
    discard(body, status === 206 && !compressed && range !== undefined);
    const span = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
    const total = numberIn(span?.[2]);
    if (status === 206 && range !== undefined) {
      if (compressed) return 'unusable';
      const first = numberIn(span?.[1]);
      if (first === undefined || first === range[0]) return { kind: 'part', total, tag: tagOf(headers), body };
      discard(body, false);
      throw new RetryableError(`${this.url}: the response starts at byte ${first}, expected ${range[0]}`);
    }
    if (status === 416 && range !== undefined) return { kind: 'before', total, tag: undefined, body: null };
    const message = `${this.url}: ${status} ${response.statusText}`.trimEnd();
    if (status >= 500 || TEMPORARY.has(status))
      throw new RetryableError(message, retryAfter(headers.get('retry-after')));
    // The signed URL of the redirect has expired.
    if (response.redirected && EXPIRED.has(status)) throw new RetryableError(message);
    throw new SttError('network', message);
  }
}

/** Whether a response is HTML: servers of single-page apps send a page for missing files. */
function isPage(url: string, headers: Headers): boolean {
  return (
    /\.(gguf|safetensors|model|json)$/i.test(new URL(url).pathname) &&
    /^text\/html\b/i.test(headers.get('content-type') ?? '')
  );
}

/** Request Timeout, Too Early, Too Many Requests. */
const TEMPORARY = new Set([408, 425, 429]);

/** Status codes for an expired signature. */
const EXPIRED = new Set([400, 401, 403, 410]);

function isRejection(status: number): boolean {
  return status >= 400 && status < 500 && status !== 416 && !TEMPORARY.has(status);
}

function discard(body: ReadableStream<Uint8Array> | null, wanted: boolean): void {
  if (!wanted) body?.cancel().catch(() => undefined); // the connection may be gone already
}

/** The ETag, or the modification date, which other origins can see more often. Compression does not change the tag. */
function tagOf(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null) return `etag ${etag.replace(/^W\//, '').replace(/[-;]+gzip"$/, '"')}`;
  const modified = headers.get('last-modified');
  return modified === null ? undefined : `modified ${modified}`;
}

function numberIn(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Parses seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}
