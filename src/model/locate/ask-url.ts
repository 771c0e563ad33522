/**
 * Small GET requests about a URL: whether it exists, its size, its JSON. To avoid preflights, they send no header but
 * Range, and never use HEAD.
 */
import { abortError, SttError } from '../../errors.js';
import { STALL_MS } from '../../download/types.js';

export interface AskOptions {
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  /** Milliseconds to wait for a response; default as in a download. */
  readonly stallMs?: number;
}

export interface UrlFacts {
  readonly found: boolean;
  /** Bytes of the file; undefined if the server does not expose its size. */
  readonly bytes: number | undefined;
}

/** Status codes for a missing file; hubs send 401 for a missing repository. */
const NOT_THERE: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** Requests one byte. Rejects with `network` without a conclusive response, or with an AbortError. */
export function askUrl(url: string, options: AskOptions = {}): Promise<UrlFacts> {
  return answered(url, options, 'bytes=0-0', async (response) => {
    await response.body?.cancel();
    if (NOT_THERE.has(response.status)) return { found: false, bytes: undefined };
    // An empty file has no byte 0.
    if (!response.ok && response.status !== 416) throw refused(url, response);
    return { found: true, bytes: sizeOf(response) };
  });
}

/** The JSON at `url`; undefined if there is none. */
export function askJson(url: string, options: AskOptions = {}): Promise<unknown> {
  return answered(url, options, undefined, async (response) => {
    if (NOT_THERE.has(response.status)) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw refused(url, response);
    const text = await response.text();
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return undefined; // an HTML page for a missing file
    }
  });
}

function sizeOf(response: Response): number | undefined {
  const range = /\/(\d+)\s*$/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (range !== undefined) return Number(range);
  const compressed = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
  const length = response.status === 200 && !compressed ? response.headers.get('content-length') : null;
  return length === null ? undefined : Number(length);
}

/** Sends a request and applies `read` to its response, all within `stallMs`. */
async function answered<T>(
  url: string,
  { fetch: get = fetch, signal, stallMs = STALL_MS }: AskOptions,
  range: string | undefined,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const clock = setTimeout(() => {
    controller.abort(new SttError('network', `${url}: no response within ${stallMs / 1000} s`));
  }, stallMs);
  if (signal?.aborted === true) stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await read(
      await get(url, { ...(range !== undefined && { headers: { Range: range } }), signal: controller.signal }),
    );
  } catch (cause) {
    if (signal?.aborted === true) throw abortError(url);
    const { aborted, reason } = controller.signal as { aborted: boolean; reason: unknown };
    throw SttError.from(aborted ? reason : cause, url, 'network');
  } finally {
    clearTimeout(clock);
    signal?.removeEventListener('abort', stop);
    controller.abort(); // an unfinished body would keep its connection open
  }
}

function refused(url: string, { status, statusText }: Response): SttError {
  return new SttError('network', `${url}: ${status} ${statusText}`.trimEnd());
}
