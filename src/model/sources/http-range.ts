/** A URL read piece by piece with HTTP Range requests; whole, where the server does not know them. */
import { SttError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import { checkRange } from './memory.js';
import { collect, downloadSource } from './download.js';
import { fileNameOf, orNetworkError, request, type DownloadOptions } from './request.js';

/**
 * Asks for one byte to learn the file's size. A server that answers 200 sends the whole file: then it is kept in
 * memory. Rejects, as later reads do, with `network` or an AbortError. `onProgress` counts the bytes read.
 */
export async function httpRangeSource(url: string, options: DownloadOptions = {}): Promise<ByteSource> {
  const first = await request(url, options, 'bytes=0-0');
  if (first.status === 200) return collect(url, first, options);
  await first.body?.cancel();
  const size = totalOf(first);
  // Another origin may hide the header; without it the size is unknown.
  if (size === undefined) return downloadSource(url, options);

  const name = fileNameOf(url);
  let loaded = 0;
  let whole: Promise<ByteSource> | undefined;
  return {
    name,
    size,
    read: async (offset, length) => {
      checkRange(name, size, offset, length);
      if (length === 0) return new Uint8Array();
      if (whole !== undefined) return (await whole).read(offset, length);
      const response = await request(url, options, `bytes=${offset}-${offset + length - 1}`);
      if (response.status === 200) {
        // The server stopped honouring ranges, as some caches do once they hold the file.
        whole = collect(url, response, options);
        return (await whole).read(offset, length);
      }
      const bytes = await orNetworkError(url, options.signal, async () => new Uint8Array(await response.arrayBuffer()));
      checkAnswer(url, response, size, bytes.length, length);
      loaded += length;
      options.onProgress?.(loaded, size);
      return bytes;
    },
  };
}

/** The size after the slash of `Content-Range: bytes 0-0/1234`. */
function totalOf(response: Response): number | undefined {
  const total = /\/(\d+)\s*$/.exec(response.headers.get('content-range') ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

function checkAnswer(url: string, response: Response, size: number, received: number, expected: number): void {
  const now = totalOf(response) ?? size;
  if (now !== size) throw new SttError('network', `${url}: is ${now} bytes long now, was ${size} when it was opened`);
  if (received !== expected)
    throw new SttError('network', `${url}: sent ${received} bytes of a range, expected ${expected}`);
}
