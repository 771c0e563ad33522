/** A small static file server: right types, byte ranges, nothing cached, no headers a plain host would not send. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.vtt': 'text/vtt; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
};

/**
 * Answers one request with a file: 200, 206 for a range, 304 never, 404, 405 or 416.
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {string} path absolute path of the file
 * @param {Record<string, string>} [headers] sent with it
 */
export async function serveFile(request, response, path, headers = {}) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'method not allowed');
  const info = await stat(path).catch(() => undefined); // absent and unreadable are both "not found" to a visitor
  if (!info?.isFile()) return answer(response, 404, 'not found');

  const range = parseRange(request.headers.range, info.size);
  if (range === 'outside') {
    response.setHeader('content-range', `bytes */${info.size}`);
    return answer(response, 416, 'range not satisfiable');
  }
  const { start, end } = range ?? { start: 0, end: info.size - 1 };
  if (range !== undefined) response.setHeader('content-range', `bytes ${start}-${end}/${info.size}`);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-length': end - start + 1,
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
    ...headers,
  });
  if (request.method === 'HEAD' || info.size === 0) return void response.end();
  const stream = createReadStream(path, { start, end });
  stream.on('error', (error) => response.destroy(error));
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

/** One `bytes=a-b` range; several, or another unit, are answered with the whole file as RFC 9110 allows. */
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start > end ? 'outside' : { start, end };
}

function answer(response, status, text) {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${status} ${text}\n`);
}

/**
 * Serves folders on localhost. `mounts` maps URL prefixes to folders, longest prefix first; a folder means its index.html.
 * @param {{ mounts: Record<string, string>, port?: number, tries?: number, headers?: Record<string, string>,
 *   log?: (method: string, url: string) => void }} options `port` 0 means any; up to `tries` ports are tried in turn.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startServer({ mounts, port = 0, tries = 1, headers = {}, log = () => {} }) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    log(request.method ?? '', request.url ?? '');
    const path = resolve(request.url ?? '/', prefixes, mounts);
    if (path === undefined) answer(response, 404, 'not found');
    else if (path.redirect !== undefined) response.writeHead(301, { location: path.redirect }).end();
    else void serveFile(request, response, path.file, headers);
  });
  const taken = await listen(server, port, tries);
  return {
    url: `http://localhost:${taken}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function resolve(url, prefixes, mounts) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined; // malformed percent-encoding names no file
  }
  const prefix = prefixes.find((candidate) => path.startsWith(candidate) || `${path}/` === candidate);
  if (prefix === undefined) return undefined;
  if (`${path}/` === prefix) return { redirect: prefix };
  const folder = normalize(mounts[prefix]);
  const file = join(folder, path.slice(prefix.length));
  if (file !== folder && !file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
  return { file: path.endsWith('/') ? join(file, 'index.html') : file };
}

async function listen(server, port, tries) {
  for (let candidate = port; ; candidate++) {
    try {
      await new Promise((done, fail) => {
        server.once('error', fail);
        server.listen(candidate, 'localhost', () => {
          server.off('error', fail);
          done();
        });
      });
      return server.address().port;
    } catch (error) {
      const inUse = error.code === 'EADDRINUSE' && candidate + 1 < port + tries;
      if (!inUse) throw error;
    }
  }
}
