/** Responds to one request with one file: whole, a range, or 304. */
import { open, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isFresh, parseRange, rangeStillHolds, type Validators } from './byte-range.js';
import { mediaType } from './media-types.js';

/**
 * 200, 206 for a range, 304, 404, 405 or 416. `path` is absolute and trusted: `findFile` has checked it.
 * @param headers sent with every response
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendText(response, 405, 'method not allowed');
    return;
  }
  const file = await open(path, 'r').catch(() => undefined); // absent and unreadable are both "not found" to a visitor
  if (file === undefined) {
    sendText(response, 404, 'not found');
    return;
  }
  try {
    await answerOpened(request, response, path, file);
  } finally {
    await file.close();
  }
}

/** Size, date and bytes are of the same open file, even if it is replaced meanwhile. */
async function answerOpened(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  file: FileHandle,
): Promise<void> {
  const info = await file.stat({ bigint: true });
  if (!info.isFile()) {
    sendText(response, 404, 'not found');
    return;
  }
  const size = Number(info.size);
  const validators: Validators = {
    etag: `"${info.size.toString(16)}-${info.mtimeNs.toString(16)}"`,
    lastModified: new Date(Number(info.mtimeMs)).toUTCString(),
  };
  response.setHeader('etag', validators.etag);
  response.setHeader('last-modified', validators.lastModified);
  response.setHeader('cache-control', 'no-cache');
  response.setHeader('accept-ranges', 'bytes');
  if (isFresh(request.headers, validators)) return void response.writeHead(304).end();

  const isRange =
    request.method === 'GET' && rangeStillHolds(request.headers['if-range'] as string | undefined, validators);
  const range = isRange ? parseRange(request.headers.range, size) : undefined;
  if (range === 'outside') {
    response.setHeader('content-range', `bytes */${size}`);
    sendText(response, 416, 'range not satisfiable');
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range !== undefined) response.setHeader('content-range', `bytes ${start}-${end}/${size}`);
  response.setHeader('content-type', mediaType(path));
  response.setHeader('content-length', end - start + 1);
  response.writeHead(range === undefined ? 200 : 206);
  if (request.method === 'HEAD' || size === 0) return void response.end();
  await send(file, start, end, response);
}

/** Resolves when the last byte is sent or the client has disconnected. */
async function send(file: FileHandle, start: number, end: number, response: ServerResponse): Promise<void> {
  const stream = file.createReadStream({ start, end, autoClose: false });
  // Headers are sent: closing the connection, which the pipeline does, is the only way left to report an error.
  await pipeline(stream, response).catch(() => response.destroy());
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.writeHead(status).end(`${status} ${text}\n`);
}
