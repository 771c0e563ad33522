/** A page's queries: availability on several machines, and models in the store. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { memoryStore } from '../../../src/download/memory-store.js';
import { byteLengthIn } from '../../../src/download/cache-index.js';
import { openModelCache } from '../../../src/download/model-cache.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { Store } from '../../../src/download/store.js';
import { downloadLock } from '../../../src/protocol/lock-names.js';
import type { ModelLocation, WireProgress } from '../../../src/protocol/model.js';
import type { Availability, ModelQuery } from '../../../src/protocol/queries.js';
import type { WhyNot } from '../../../src/engine/auto-backend.js';
import { handleModelQueries, type ModelQueriesOptions } from '../../../src/worker/model-queries.js';
import { limitedMemory } from '../wasm/limited-memory.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { publicFiles, type PublicFiles } from '../../hub/public-files.js';

let files: PublicFiles;
let hub: Hub;
let model: ModelLocation;

before(async () => {
  files = await publicFiles();
  hub = await startHub();
  hub.put('own.gguf', files.own);
  model = { url: hub.url('own.gguf') };
});
after(() => hub.close());

/** A memory store that presents itself as a browser's. */
function browserStore(free?: number): Store {
  return {
    ...memoryStore(''),
    kind: 'cache',
    persistent: true,
    whyNotPersistent: undefined,
    freeBytes: () => Promise.resolve(free),
  };
}

/** A capable machine with a GPU, with changes by the test. */
function machine(changes: ModelQueriesOptions = {}): ModelQueriesOptions {
  const store = browserStore(10e9);
  return {
    store: () => Promise.resolve(store),
    supportedBuilds: () => Promise.resolve(['relaxed', 'simd']),
    whyNot: () => Promise.resolve(undefined),
    predict: (_, [backend = 'wasm']) => Promise.resolve({ backend, rtf: 0.4 }),
    thread: { onLine: true, deviceMemory: 8 },
    ...changes,
  };
}

const noGpu =
  (reason: string): WhyNot =>
  (backend) =>
    Promise.resolve(backend === 'webgpu' ? reason : undefined);

async function ask(
  changes: ModelQueriesOptions = {},
  query: Partial<Extract<ModelQuery, { what: 'available' }>> = {},
): Promise<Availability> {
  const wanted = { what: 'available', model, backend: 'auto', probe: true, network: true, ...query } as const;
  const answer = await handleModelQueries(machine(changes))(wanted, () => undefined, new AbortController().signal);
  assert.ok(answer.what === 'available');
  return answer.availability;
}

describe('available', () => {
  it('reports the download size, backend and speed of a capable machine', async () => {
    assert.deepEqual(await ask(), {
      status: 'downloadable',
      backend: 'webgpu',
      build: 'relaxed',
      downloadBytes: files.own.length,
      storedBytes: 0,
      freeBytes: 10e9,
      predictedRtf: 0.4,
    });
  });

  it('predicts the speed of the model that was asked for', async () => {
    const known: unknown[] = [];
    const predict: ModelQueriesOptions['predict'] = (_, [backend = 'wasm'], about) => {
      known.push(about);
      return Promise.resolve({ backend, rtf: 0.4 });
    };
    await ask({ predict });
    await ask({ predict }, { model: { ...model, name: 'demo' }, bytes: 8e6 });
    assert.deepEqual(known, [
      { name: undefined, bytes: files.own.length },
      { name: 'demo', bytes: 8e6 },
    ]);
  });

  it('sends no request if the size is known or the network is not allowed', async () => {
    const before = hub.requests.length;
    assert.equal((await ask({}, { bytes: 669e6 })).downloadBytes, 669e6);
    assert.equal((await ask({}, { network: false })).downloadBytes, undefined);
    assert.equal(hub.requests.length, before);
  });

  it('chooses the CPU without WebGPU, and gives the reason', async () => {
    const answer = await ask({ whyNot: noGpu('WebGPU is not available here (unsupported)') });
    assert.deepEqual([answer.status, answer.backend], ['downloadable', 'wasm']);
    assert.match(answer.reason ?? '', /WebGPU is not available/);
  });

  it('chooses the CPU over a software renderer, and is unavailable if WebGPU is required', async () => {
    const whyNot = noGpu('The only GPU is a software renderer, swiftshader');
    assert.equal((await ask({ whyNot })).backend, 'wasm');
    const strict = await ask({ whyNot }, { backend: 'webgpu' });
    assert.deepEqual([strict.status, strict.code], ['unavailable', 'unsupported']);
    assert.match(strict.reason ?? '', /swiftshader/);
  });

  it('tries a named GPU even after a crash', async () => {
    const whyNot: WhyNot = (backend, isAuto) =>
      Promise.resolve(backend === 'webgpu' && isAuto ? 'It crashed' : undefined);
    const auto = await ask({ whyNot });
    assert.deepEqual([auto.backend, auto.reason], ['wasm', 'It crashed.']);
    assert.equal((await ask({ whyNot }, { backend: 'webgpu' })).backend, 'webgpu');
  });

  it('reports a build without relaxed SIMD, and is unavailable without SIMD', async () => {
    const plain = await ask({ supportedBuilds: () => Promise.resolve(['simd']) });
    assert.deepEqual([plain.status, plain.build], ['downloadable', 'simd']);
    assert.match(plain.reason ?? '', /relaxed SIMD/);
    const none = await ask({ supportedBuilds: () => Promise.resolve([]) });
    assert.deepEqual([none.status, none.code, none.backend], ['unavailable', 'unsupported', undefined]);
  });

  it('reports both sizes if the storage is too small, before the download', async () => {
    const store = browserStore(1_000_000);
    const answer = await ask({ store: () => Promise.resolve(store) });
    assert.deepEqual([answer.status, answer.code, answer.freeBytes], ['unavailable', 'quota', 1_000_000]);
    assert.ok(answer.reason?.includes(String(files.own.length)) && answer.reason.includes('1000000'));
  });

  it('reports that a private window keeps nothing, but stays downloadable', async () => {
    const store = memoryStore('the browser refuses to keep anything');
    const answer = await ask({ store: () => Promise.resolve(store) });
    assert.equal(answer.status, 'downloadable');
    assert.match(answer.notKept ?? '', /refuses/);
  });

  it('reports an installed model without a network', async () => {
    const store = browserStore(10e9);
    await openModelFromUrl(model, { store });
    const before = hub.requests.length;
    const answer = await ask({ store: () => Promise.resolve(store), thread: { onLine: false } });
    assert.deepEqual([answer.status, answer.downloadBytes], ['available', 0]);
    assert.equal(answer.storedBytes, files.own.length);
    assert.equal(hub.requests.length, before);
  });

  it('distinguishes revisions of a repository', async () => {
    const store = browserStore(10e9);
    for (const revision of ['v1', 'v2']) hub.put(`a/b/resolve/${revision}/b.gguf`, files.own);
    const at = (revision: string) => ({ hub: `${new URL(hub.url('x')).origin}/`, repo: 'a/b', revision });
    await openModelFromUrl(at('v1'), { store });
    const statusOf = async (revision: string) =>
      (await ask({ store: () => Promise.resolve(store) }, { model: at(revision) })).status;
    assert.deepEqual([await statusOf('v1'), await statusOf('v2')], ['available', 'downloadable']);
  });

  it('counts the bytes of an unfinished download', async () => {
    const store = browserStore(10e9);
    const half = await startHub({
      // A temporary error, so that parallel requests complete meanwhile.
      faults: ({ at, range }) => (at === 'storage' && (range?.[0] ?? 0) > 0 ? { status: 503, retryAfter: '1' } : {}),
    });
    half.put('own.gguf', files.own);
    const location = { url: half.url('own.gguf') };
    await assert.rejects(openModelFromUrl(location, { store, attempts: 2 }), { code: 'network' });
    const answer = await ask({ store: () => Promise.resolve(store) }, { model: location });
    await half.close();
    assert.equal(answer.status, 'downloadable');
    assert.equal(answer.storedBytes, 4 * 2 ** 20);
    assert.equal(answer.downloadBytes, files.own.length - answer.storedBytes);
  });

  it('detects a download in another tab', async () => {
    const held = [{ name: downloadLock('cache', hub.url('own.gguf'), '0123', '') }];
    const locks = { query: () => Promise.resolve({ held }) };
    assert.equal((await ask({ thread: { locks } })).status, 'downloading');
  });

  it('reports that it is offline, or that a server cannot be reached', async () => {
    const offline = await ask({ thread: { onLine: false } }, { bytes: 669e6 });
    assert.deepEqual([offline.status, offline.code], ['unavailable', 'network']);
    const gone = await ask({}, { model: { hub: 'http://127.0.0.1:1/', repo: 'a/b', revision: 'main' } });
    assert.deepEqual([gone.status, gone.code], ['unavailable', 'network']);
    assert.match(gone.reason ?? '', /127\.0\.0\.1:1/);
  });

  it('is unavailable on a machine with too little memory', async () => {
    const answer = await ask({ thread: { deviceMemory: 1 } }, { bytes: 669e6 });
    assert.deepEqual([answer.status, answer.code], ['unavailable', 'out-of-memory']);
  });

  it('reports both sizes if the browser gives too little memory, before the download', async () => {
    const { create, asked } = limitedMemory(256 * 2 ** 20);
    const thread = { onLine: true };
    const answer = await ask({ createMemory: create, thread }, { bytes: 800e6, backend: 'wasm' });
    assert.deepEqual([answer.status, answer.code], ['unavailable', 'out-of-memory']);
    assert.deepEqual([answer.memoryBytes, answer.freeMemoryBytes], [1000e6, 249_954_304]);
    assert.match(answer.reason ?? '', /needs 1000000000 bytes of WebAssembly memory, this browser gives 249954304/);
    // On a GPU only the codec needs this memory, unless the GPU is too slow.
    assert.equal((await ask({ createMemory: create, thread }, { bytes: 700e6 })).status, 'downloadable');
    const predict = () => Promise.resolve({ backend: 'wasm', rtf: 0.4, whyNot: 'too slow' } as const);
    const slow = await ask({ createMemory: create, thread, predict }, { bytes: 700e6 });
    assert.deepEqual([slow.status, slow.code], ['unavailable', 'out-of-memory']);
    asked.length = 0;
    assert.equal((await ask({ createMemory: create }, { network: false })).memoryBytes, undefined);
    assert.equal(asked.length, 0, 'no memory is reserved if the size is unknown');
  });

  it('warns if a machine would not keep up', async () => {
    const answer = await ask({ predict: () => Promise.resolve({ backend: 'wasm', rtf: 1.7 }) });
    assert.deepEqual([answer.status, answer.code, answer.predictedRtf], ['downloadable', 'falling-behind', 1.7]);
    assert.match(answer.reason ?? '', /1\.7 times/);
  });

  it('measures nothing if probe is false or the model cannot run', async () => {
    const predict = () => Promise.reject(new Error('was measured'));
    assert.equal((await ask({ predict }, { probe: false })).predictedRtf, undefined);
    assert.equal((await ask({ predict, supportedBuilds: () => Promise.resolve([]) })).status, 'unavailable');
  });
});

describe('model queries', () => {
  it('installs with progress, lists, and uninstalls', async () => {
    const store = browserStore(10e9);
    const at = handleModelQueries(machine({ store: () => Promise.resolve(store) }));
    const { signal } = new AbortController();
    const reports: WireProgress[] = [];
    await at({ what: 'install', model }, (progress) => reports.push(progress), signal);
    const last = reports.at(-1);
    assert.deepEqual([last.phase, last.loaded, last.total], ['download', files.own.length, files.own.length]);
    const expected = { model: hub.url('own.gguf'), storedBytes: files.own.length, complete: true };
    assert.deepEqual(await at({ what: 'installed' }, () => undefined, signal), {
      what: 'installed',
      models: [expected],
    });
    await at({ what: 'uninstall', model }, () => undefined, signal);
    assert.deepEqual(await at({ what: 'installed' }, () => undefined, signal), { what: 'installed', models: [] });
  });

  it('rejects an installation if the browser gives too little memory', async () => {
    const store = browserStore(10e9);
    const { create } = limitedMemory(2 ** 20);
    const at = handleModelQueries(machine({ store: () => Promise.resolve(store), createMemory: create }));
    await assert.rejects(
      at({ what: 'install', model }, () => undefined, new AbortController().signal),
      { code: 'out-of-memory' },
    );
    const bucket = await store.bucket(hub.url('own.gguf'));
    assert.deepEqual(
      (await bucket.names()).filter((name) => byteLengthIn(name) > 0),
      [],
    );
  });

  it('stops installing on abort, and keeps the downloaded part', async () => {
    const store = browserStore(10e9);
    const slow = await startHub({
      faults: ({ at }) => (at === 'storage' ? { drip: { bytes: 65_536, everyMs: 20 } } : {}),
    });
    slow.put('own.gguf', files.own);
    const location = { url: slow.url('own.gguf') };
    const controller = new AbortController();
    const report = ({ loaded }: WireProgress): void => {
      if (loaded > 0) controller.abort();
    };
    const at = handleModelQueries(machine({ store: () => Promise.resolve(store) }));
    await assert.rejects(at({ what: 'install', model: location }, report, controller.signal), { name: 'AbortError' });
    await slow.close();
    const cache = openModelCache(location.url, { store });
    assert.equal((await cache.storageStatus([location])).complete, false);
    cache.close();
  });
});
