/** One GET of a range, and every way a server can answer it. */
import { SttError } from '../errors.js';

/** `part` of the file, the `whole` of it though a range was asked for, or nothing because it ends `before` the range. */
export interface RangeResponse {
  readonly kind: 'part' | 'whole' | 'before';
  /** The file's size, if the server says; of a `whole` it is a hint, because a body may be compressed unseen. */
  readonly total: number | undefined;
  /** What the server calls this version of the file. */
  readonly tag: string | undefined;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** Worth another try, after so many milliseconds if the server said how long. */
export class Retry extends Error {
  readonly afterMs: number | undefined;

  constructor(message: string, afterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.afterMs = afterMs;
  }
}

/** No server makes anyone wait longer than this. */
const LONGEST_WAIT_MS = 60_000;

/** A file's address. Where it leads to a signed URL, that is asked directly until it expires. */
export class Address {
  readonly url: string;
  readonly #fetch: typeof fetch;
  #signed: string | undefined;

  constructor(url: string, get: typeof fetch) {
    this.url = url;
    this.#fetch = get;
  }

  /** `range` is [first, last] byte; without it the whole file. Rejects with Retry, `network`, or what an abort rejects with. */
  async ask(range: readonly [number, number] | undefined, signal: AbortSignal): Promise<RangeResponse> {
    const answer = this.#read(await this.#get(range, signal), range);
    if (answer !== 'unusable') return answer;
    // Ranges of a compressed body are of no use to anyone.
    const whole = this.#read(await this.#get(undefined, signal), undefined);
    if (whole === 'unusable') throw new Retry(`${this.url}: answers with a part of a compressed file`);
    return whole;
  }

  async #get(range: readonly [number, number] | undefined, signal: AbortSignal): Promise<Response> {
    const signed = this.#signed;
    if (signed !== undefined) {
      const response = await this.#once(signed, range, signal).catch((cause: unknown) => {
        // It may have hung: the next try is led elsewhere.
        this.#forget(signed);
        if (signal.aborted) throw cause;
        return undefined; // without CORS headers a refusal looks like no answer
      });
      if (response?.ok === false && response.status !== 416) this.#forget(signed);
      if (response !== undefined && !isRefusal(response.status)) return response;
      await response?.body?.cancel();
    }
    const response = await this.#once(this.url, range, signal);
    if (response.redirected && response.ok) this.#signed = response.url;
    return response;
  }

  #forget(signed: string): void {
    if (this.#signed === signed) this.#signed = undefined;
  }

  /** Nothing but the one header that needs no preflight; the browser's own cache keeps no second copy. */
  async #once(url: string, range: readonly [number, number] | undefined, signal: AbortSignal): Promise<Response> {
    try {
      return await this.#fetch(url, {
        cache: 'no-store',
        signal,
        ...(range === undefined ? {} : { headers: { Range: `bytes=${range[0]}-${range[1]}` } }),
      });
    } catch (cause) {
      if (signal.aborted) throw cause;
      throw new Retry(`${this.url}: ${cause instanceof Error ? cause.message : String(cause)}`, undefined, { cause });
    }
  }

  #read(response: Response, range: readonly [number, number] | undefined): RangeResponse | 'unusable' {
    const { status, headers, body } = response;
    const compressed = (headers.get('content-encoding') ?? 'identity') !== 'identity';
    if ((status === 200 || status === 206) && isPage(this.url, headers)) {
      discard(body, false);
      throw new SttError('network', `${this.url}: answers with a web page (text/html), expected a file of a model`);
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
      throw new Retry(`${this.url}: answers with bytes from ${first}, was asked from ${range[0]}`);
    }
    if (status === 416 && range !== undefined) return { kind: 'before', total, tag: undefined, body: null };
    const message = `${this.url}: ${status} ${response.statusText}`.trimEnd();
    if (status >= 500 || PASSING.has(status)) throw new Retry(message, retryAfter(headers.get('retry-after')));
    // The address is fine; the signed URL it led to expired on the way.
    if (response.redirected && EXPIRED.has(status)) throw new Retry(message);
    throw new SttError('network', message);
  }
}

/** What a server of a single-page app says of a file it does not have. */
function isPage(url: string, headers: Headers): boolean {
  return (
    /\.(gguf|safetensors|model|json)$/i.test(new URL(url).pathname) &&
    /^text\/html\b/i.test(headers.get('content-type') ?? '')
  );
}

/** Request Timeout, Too Early, Too Many Requests. */
const PASSING = new Set([408, 425, 429]);

/** What storage says to a signature that is no longer good. */
const EXPIRED = new Set([400, 401, 403, 410]);

function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 416 && !PASSING.has(status);
}

function discard(body: ReadableStream<Uint8Array> | null, wanted: boolean): void {
  if (!wanted) body?.cancel().catch(() => undefined); // a connection that broke meanwhile is no loss
}

/** The ETag where it can be seen; across origins often only the date is. Compression is no other version. */
function tagOf(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null) return `etag ${etag.replace(/^W\//, '').replace(/[-;]+gzip"$/, '"')}`;
  const modified = headers.get('last-modified');
  return modified === null ? undefined : `modified ${modified}`;
}

function numberIn(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Seconds or a date. */
function retryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}
