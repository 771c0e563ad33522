/** Tests that files read the same from memory, a disk and various servers, and that models open from them. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeFileSource } from '../../../src/cli/node-file-source.js';
import type { ByteSource } from '../../../src/bytes/byte-source.js';
import { CHUNK_BYTES } from '../../../src/download/types.js';
import { openModelCache } from '../../../src/download/model-cache.js';
import { memoryStore } from '../../../src/download/memory-store.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { memorySource } from '../../../src/bytes/memory.js';
import { bytesOf, DEMO_GGUF, FIXTURES, tripleFiles } from './crafted-files.js';

const FILE = await bytesOf(DEMO_GGUF);
const SIZE = FILE.length;

const HTML = { 'content-type': 'text/html; charset=utf-8' };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

function send(response: ServerResponse, status: number, bytes: Uint8Array, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  response.end(bytes);
}

/** First and last byte of a Range request. */
function rangeOf(request: IncomingMessage): [number, number] {
  const [, first = '', last = ''] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? [];
  return [Number(first), Number(last)];
}

function ranged(request: IncomingMessage, response: ServerResponse, headers: Record<string, string> = {}): void {
  if (request.headers.range === undefined) return send(response, 200, FILE);
  const [first, last] = rangeOf(request);
  const contentRange = `bytes ${first}-${last}/${SIZE}`;
  send(response, 206, FILE.subarray(first, last + 1), { 'content-range': contentRange, ...headers });
}

/** Remaining visits at which `/wrong-once.gguf` is not a valid model. */
let wrongVisits = 1;
let requests = 0;
const HANDLERS: Readonly<Record<string, Handler>> = {
  '/ranges.gguf': (request, response) => ranged(request, response),
  '/no-ranges.gguf': (_, response) => send(response, 200, FILE),
  '/hidden-total.gguf': (request, response) => ranged(request, response, { 'content-range': 'bytes 0-0/*' }),
  '/forgets-ranges.gguf': (request, response) => {
    if (rangeOf(request)[1] > 1000) send(response, 200, FILE);
    else ranged(request, response);
  },
  '/app.gguf': (_, response) => send(response, 200, new TextEncoder().encode('<!doctype html>'), HTML),
  '/wrong-once.gguf': (_, response) => send(response, 200, wrongVisits-- > 0 ? FILE.slice(1000, 2000) : FILE),
  '/stalls.gguf': (_, response) => {
    response.writeHead(200, { 'content-length': String(SIZE) });
    response.write(FILE.subarray(0, 100_000));
  },
};

const server = createServer((request, response) => {
  requests++;
  const path = (request.url ?? '').replace(/\?.*/, '');
  const handler = HANDLERS[path];
  if (handler !== undefined) return handler(request, response);
  const file = new URL(`.${path}`, FIXTURES);
  bytesOf(file).then(
    (bytes) => send(response, 200, bytes),
    () => send(response, 404, new Uint8Array()),
  );
});
let origin = '';
before(
  () =>
    new Promise<void>((listening) => {
      server.listen(0, '127.0.0.1', () => {
        origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
        listening();
      });
    }),
);
after(() => {
  server.closeAllConnections();
  server.close();
});

function fromServer(name: string): Promise<ByteSource> {
  return openModelCache(name, { store: memoryStore('a test') }).open({ url: `${origin}/${name}` });
}

const SOURCES: Readonly<Record<string, () => Promise<ByteSource>>> = {
  'an ArrayBuffer': () => Promise.resolve(memorySource('m', FILE.buffer)),
  'a view of one': () => Promise.resolve(memorySource('m', new Uint8Array(FILE.buffer))),
  'a disk': () => nodeFileSource(fileURLToPath(DEMO_GGUF)),
  'a server with ranges': () => fromServer('ranges.gguf'),
  'a server without ranges': () => fromServer('no-ranges.gguf'),
  'a server that hides the size': () => fromServer('hidden-total.gguf'),
  'a server that forgets its ranges': () => fromServer('forgets-ranges.gguf'),
};

for (const [what, open] of Object.entries(SOURCES)) {
  describe(`a file from ${what}`, () => {
    it('returns exactly the requested bytes, in a new buffer', async () => {
      const source = await open();
      assert.equal(source.size, SIZE);
      // At both ends, across two chunks, and an empty range.
      for (const [offset, length] of [
        [0, 4],
        [CHUNK_BYTES - 10, 2_100_000],
        [SIZE - 5, 5],
        [SIZE, 0],
      ] as const) {
        const bytes = await source.read(offset, length);
        assert.ok(Buffer.from(bytes).equals(FILE.subarray(offset, offset + length)), `${offset} + ${length}`);
        assert.equal(bytes.buffer.byteLength, length);
      }
    });

    it('rejects ranges outside the file', async () => {
      const source = await open();
      for (const [offset, length] of [
        [SIZE - 1, 2],
        [-1, 1],
        [0, 2 ** 53],
        [0.5, 1],
      ] as const) {
        await assert.rejects(source.read(offset, length), { code: 'model-invalid' });
      }
    });
  });
}

describe('openModelFromUrl', () => {
  it('opens a GGUF with one request per chunk, and reports progress', async () => {
    const before = requests;
    const reports: [number, number][] = [];
    const model = await openModelFromUrl(
      { url: `${origin}/ranges.gguf?v=1` },
      { onProgress: ({ loaded, total }) => reports.push([loaded, total]) },
    );
    assert.equal(model.config.lm.dim, 256);
    assert.equal(requests - before, Math.ceil(SIZE / CHUNK_BYTES));
    assert.deepEqual(reports.at(-1), [SIZE, SIZE]);
    assert.ok(reports.every(([loaded], i) => loaded >= (reports[i - 1]?.[0] ?? 0)));
  });

  it('opens a folder in the official layout, with and without a slash', async () => {
    for (const url of [`${origin}/demo`, `${origin}/demo/`]) {
      const reports: [number, number][] = [];
      const model = await openModelFromUrl(
        { url },
        { onProgress: ({ loaded, total }) => reports.push([loaded, total]) },
      );
      assert.equal(model.name, 'demo');
      assert.equal(model.config.lm.pauseHeads, 4);
      const [loaded, total] = reports.at(-1);
      assert.equal(loaded, total);
      assert.ok(total > 13_000_000, `all files are counted, ${total}`);
    }
  });

  it('opens the third-party triple', async () => {
    const model = await openModelFromUrl({
      gguf: `${origin}/case-a/alt/model-q4.gguf`,
      mimi: `${origin}/case-a/alt/mimi-encoder-f16.safetensors`,
      tokenizer: `${origin}/case-a/tokenizer_case.model`,
    });
    assert.equal(model.config.lm.card, 64);
    assert.deepEqual(model.tokenizer, await (await tripleFiles()).tokenizer.read(0, model.tokenizer.length));
  });

  it('names a missing file of a folder', async () => {
    await assert.rejects(openModelFromUrl({ url: `${origin}/clips/` }), {
      code: 'network',
      message: /\/clips\/config\.json: 404/,
    });
  });

  it('rejects an invalid URL', async () => {
    await assert.rejects(openModelFromUrl({ url: 'models/x.gguf' }), { code: 'invalid-argument' });
  });

  it('rejects a web page in place of a file, and stores nothing', async () => {
    const store = memoryStore('a test');
    await assert.rejects(openModelFromUrl({ url: `${origin}/app.gguf` }, { store }), {
      code: 'network',
      message: /app\.gguf: the response is a web page/,
    });
    assert.deepEqual(await store.bucketNames(), []);
  });

  it('downloads a file again if it was not a valid model', async () => {
    const store = memoryStore('a test');
    const location = { url: `${origin}/wrong-once.gguf` };
    await assert.rejects(openModelFromUrl(location, { store }), { code: 'model-invalid' });
    assert.equal((await openModelFromUrl(location, { store })).config.lm.dim, 256);
  });

  it('rejects with an AbortError when aborted', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await assert.rejects(openModelFromUrl({ url: `${origin}/stalls.gguf` }, { signal: controller.signal }), {
      name: 'AbortError',
    });
  });
});
