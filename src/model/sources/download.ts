/** A URL fetched whole into memory by one streaming GET. */
import { SttError } from '../../errors.js';
import type { ByteSource } from '../byte-source.js';
import { checkRange } from './memory.js';
import { fileNameOf, orNetworkError, request, type DownloadOptions } from './request.js';

/** Bytes are kept in pieces of this size: no size the server claims is ever allocated before it has arrived. */
const PIECE = 1024 * 1024;

/** Rejects with `network` (the URL and what went wrong, or the status) or an AbortError. */
export async function downloadSource(url: string, options: DownloadOptions = {}): Promise<ByteSource> {
  return collect(url, await request(url, options), options);
}

/** The body of a 200 response as a source. */
export async function collect(
  url: string,
  response: Response,
  { signal, onProgress }: DownloadOptions,
): Promise<ByteSource> {
  // Content-Length counts compressed bytes, of which a reader never learns.
  const compressed = (response.headers.get('content-encoding') ?? 'identity') !== 'identity';
  const total = compressed ? 0 : Number(response.headers.get('content-length') ?? 0);
  const pieces: Uint8Array[] = [];
  let size = 0;
  onProgress?.(0, total);
  const reader = response.body?.getReader();
  for (;;) {
    const next = await orNetworkError(url, signal, async () => reader?.read());
    if (next === undefined || next.done) break;
    append(pieces, size, next.value);
    size += next.value.length;
    onProgress?.(size, Math.max(size, total));
  }
  // More than announced is fine: across origins the header that tells of compression may be hidden.
  if (size < total) throw new SttError('network', `${url}: ended after ${size} of ${total} bytes`);
  return piecesSource(fileNameOf(url), pieces, size);
}

function append(pieces: Uint8Array[], size: number, bytes: Uint8Array): void {
  for (let taken = 0; taken < bytes.length;) {
    const within = (size + taken) % PIECE;
    if (within === 0) pieces.push(new Uint8Array(PIECE));
    const part = bytes.subarray(taken, taken + PIECE - within);
    pieces[pieces.length - 1]!.set(part, within);
    taken += part.length;
  }
}

function piecesSource(name: string, pieces: readonly Uint8Array[], size: number): ByteSource {
  return {
    name,
    size,
    read: (offset, length) =>
      new Promise((resolve) => {
        checkRange(name, size, offset, length);
        const bytes = new Uint8Array(length);
        for (let taken = 0; taken < length;) {
          const at = offset + taken;
          const piece = pieces[Math.floor(at / PIECE)] ?? new Uint8Array();
          const part = piece.subarray(at % PIECE, (at % PIECE) + length - taken);
          bytes.set(part, taken);
          taken += part.length;
        }
        resolve(bytes);
      }),
  };
}
