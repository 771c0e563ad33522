/** What one small GET tells of a URL. Never HEAD, no header but Range: a server that is asked for permission first may refuse. */
import { SttError } from '../../errors.js';
import { abortError } from '../sources/abort.js';

export interface AskOptions {
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
}

export interface UrlFacts {
  readonly found: boolean;
  /** Bytes of the file; undefined where the server does not let us know. */
  readonly bytes: number | undefined;
}

/** What a server says of a file that is not there; hubs say 401 of a repository that is not. */
const NOT_THERE: ReadonlySet<number> = new Set([401, 403, 404, 410]);

/** Asks for one byte. Rejects with `network` where there is no answer or one that says neither yes nor no, or AbortError. */
export async function askUrl(url: string, options: AskOptions = {}): Promise<UrlFacts> {
  const response = await get(url, options, 'bytes=0-0');
  await response.body?.cancel();
  if (NOT_THERE.has(response.status)) return { found: false, bytes: undefined };
  // An empty file has no byte 0.
  if (!response.ok && response.status !== 416) throw refused(url, response);
  return { found: true, bytes: sizeOf(response) };
}

/** The JSON at `url`; undefined where it is not there or is none: whoever asks has another way. */
export async function askJson(url: string, options: AskOptions = {}): Promise<unknown> {
  const response = await get(url, options);
  if (NOT_THERE.has(response.status)) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw refused(url, response);
  const text = await response.text().catch((cause: unknown) => {
    throw failed(url, options, cause);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // a page that says in HTML that there is nothing
  }
}

function sizeOf(response: Response): number | undefined {
  const range = /\/(\d+)\s*$/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (range !== undefined) return Number(range);
  const compressed = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
  const length = response.status === 200 && !compressed ? response.headers.get('content-length') : null;
  return length === null ? undefined : Number(length);
}

async function get(url: string, options: AskOptions, range?: string): Promise<Response> {
  try {
    return await (options.fetch ?? fetch)(url, {
      ...(range !== undefined && { headers: { Range: range } }),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (cause) {
    throw failed(url, options, cause);
  }
}

function failed(url: string, { signal }: AskOptions, cause: unknown): Error {
  return signal?.aborted === true ? abortError(url) : SttError.from(cause, url, 'network');
}

function refused(url: string, { status, statusText }: Response): SttError {
  return new SttError('network', `${url}: ${status} ${statusText}`.trimEnd());
}
