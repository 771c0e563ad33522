import '../model/transfer.js';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ChunkBuffers } from '../../../src/download/chunk-buffers.js';
import { connectionsFor } from '../../../src/download/semaphore.js';
import type { Bucket } from '../../../src/download/store.js';
import { corsFetch } from '../../hub/cors-fetch.js';
import { isReleased } from '../model/transfer.js';
import { all, bytes, CHUNK, modelCacheRig } from './model-cache-rig.js';

const CHUNKS = Math.ceil(bytes.length / CHUNK);
const CONNECTIONS = 3;

describe('openModelCache', () => {
  const r = modelCacheRig();
  const { openCache, plain, hashed } = r;

  /** Records the chunks that are written to the store and read from it, in order. */
  function watchBucket(): { written: Uint8Array[]; read: Uint8Array[] } {
    const seen = { written: [] as Uint8Array[], read: [] as Uint8Array[] };
    const inner = r.store;
    r.store = {
      ...inner,
      usedBytes: 0,
      bucket: async (name): Promise<Bucket> => {
        const bucket = await inner.bucket(name);
        return {
          ...bucket,
          write: async (each, chunk) => {
            if (chunk.length >= 1024) seen.written.push(chunk);
            await bucket.write(each, chunk);
          },
          read: async (each) => {
            const chunk = await bucket.read(each);
            if (chunk !== undefined && chunk.length >= 1024) seen.read.push(chunk);
            return chunk;
          },
        };
      },
    };
    return seen;
  }

  for (const [what, file] of [
    ['with a manifest', hashed],
    ['without one', plain],
  ] as const) {
    it(`downloads any number of chunks with one buffer per connection, ${what}`, async () => {
      const { written } = watchBucket();
      // Interrupted requests must not need more buffers.
      r.fault = ({ at, range, index }) =>
        at === 'storage' && index < 12 && (range?.[0] ?? 0) % (2 * CHUNK) === 0 ? { cutAfter: CHUNK / 2 } : {};
      const one = openCache({ connections: CONNECTIONS });
      await one.open(file());
      one.close();
      assert.equal(written.length, CHUNKS);
      assert.ok(new Set(written.map(({ buffer }) => buffer)).size <= CONNECTIONS, 'distinct buffers');
    });
  }

  it('holds no buffers once closed, while its sources stay readable', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { written } = watchBucket();
    const one = openCache({ connections: CONNECTIONS });
    const source = await one.open(plain());
    const buffers = written.splice(0).map(({ buffer }) => new WeakRef(buffer));
    one.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
    assert.deepEqual(
      buffers.filter((buffer) => buffer.deref() !== undefined),
      [],
    );
    assert.deepEqual(await all(source), bytes);
  });

  it('streams a whole file through one buffer', async () => {
    const { written } = watchBucket();
    r.fault = ({ at }) => (at === 'storage' ? { ignoresRange: true } : {});
    await openCache({ connections: CONNECTIONS }).open(plain());
    assert.deepEqual([written.length, new Set(written.map(({ buffer }) => buffer)).size], [CHUNKS, 1]);
  });

  it('releases the bytes of a body once they are copied', async () => {
    const pieces: Uint8Array[] = [];
    const watching: typeof fetch = async (input, init) => {
      const response = await corsFetch(input, init);
      const recorder = new TransformStream<Uint8Array, Uint8Array>({
        transform: (piece, to) => {
          pieces.push(piece.slice());
          to.enqueue(pieces[pieces.length - 1]);
        },
      });
      const { status, headers, url, redirected } = response;
      const same = new Response(response.body?.pipeThrough(recorder) ?? null, { status, headers });
      return Object.defineProperties(same, { url: { value: url }, redirected: { value: redirected } });
    };
    await openCache({ environment: { ...r.thread, fetch: watching } }).open(hashed());
    assert.ok(pieces.length >= CHUNKS, `${pieces.length} pieces`);
    assert.deepEqual(
      pieces.filter((piece) => !isReleased(piece)),
      [],
    );
  });

  it('reads each chunk once for adjacent reads, and holds at most two chunks', async () => {
    const { read } = watchBucket();
    const source = await openCache().open(hashed());
    const WINDOW = CHUNK + 100;
    const windows: Promise<Uint8Array>[] = [];
    for (let at = 0; at < bytes.length; at += WINDOW) {
      windows.push(source.read(at, Math.min(WINDOW, bytes.length - at)));
      if (windows.length % 3 === 0) await windows[windows.length - 3];
    }
    assert.deepEqual(Buffer.concat(await Promise.all(windows)), Buffer.from(bytes));
    assert.equal(read.length, CHUNKS);
    assert.equal(read.filter((chunk) => !isReleased(chunk)).length, 2);
    assert.deepEqual(await all(source), bytes, 'and again');
  });
});

describe('ChunkBuffers', () => {
  it('returns the smallest buffer that fits, and drops one for each it allocates', () => {
    const memory = new ChunkBuffers();
    const [small, large] = [memory.take(10), memory.take(1000)];
    memory.release(large);
    memory.release(small);
    assert.equal(memory.take(8).buffer, small.buffer);
    assert.equal(memory.take(8).buffer, large.buffer);
    memory.release(small);
    const largest = memory.take(2000);
    assert.deepEqual([largest.length, largest.buffer.byteLength], [2000, 2000]);
    assert.notEqual(memory.take(8).buffer, small.buffer);
  });
});

describe('connectionsFor', () => {
  it('allows fewer connections for larger chunks, and at least one', () => {
    const MiB = 1024 * 1024;
    const connections = [1, 4, 8, 9, 16, 64].map((chunk) => connectionsFor(chunk * MiB, 4));
    assert.deepEqual(connections, [4, 4, 4, 3, 2, 1]);
    assert.equal(connectionsFor(MiB, 2), 2);
  });
});
