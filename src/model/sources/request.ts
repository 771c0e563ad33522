/** One GET, with every way it can fail turned into an SttError `network` that names the URL. */
import { SttError } from '../../errors.js';
import { abortError } from './abort.js';

export interface DownloadOptions {
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** Aborting rejects with an AbortError. */
  readonly signal?: AbortSignal;
  /** Bytes here so far, and in all; `total` is 0 while the server has not said. */
  readonly onProgress?: (loaded: number, total: number) => void;
}

/** The response to a GET of `url`, whose status is 200 or 206. Rejects with `network` or an AbortError. */
export async function request(url: string, options: DownloadOptions, range?: string): Promise<Response> {
  const get = options.fetch ?? fetch;
  const response = await orNetworkError(url, options.signal, () =>
    get(url, {
      ...(range === undefined ? {} : { headers: { Range: range } }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
  );
  if (response.status === 200 || response.status === 206) return response;
  await response.body?.cancel();
  throw new SttError('network', `${url}: ${response.status} ${response.statusText}`.trimEnd());
}

/** Runs a step of a download; its failure is an AbortError if `signal` was aborted, else a `network` error. */
export async function orNetworkError<T>(
  url: string,
  signal: AbortSignal | undefined,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (signal?.aborted === true) throw abortError(url);
    throw SttError.from(cause, url, 'network');
  }
}

/** The last part of a URL's path, for messages: `model.gguf`. */
export function fileNameOf(url: string): string {
  return /[^/]*$/.exec(new URL(url).pathname)?.[0] || url;
}
