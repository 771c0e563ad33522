/** Tests that the default model opens by name from a test hub. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { locateModel } from '../../../src/client/model-location.js';
import { Engine } from '../../../src/engine/engine.js';
import type { ModelCache } from '../../../src/download/types.js';
import { listModels } from '../../../src/download/installed.js';
import { memoryStore } from '../../../src/download/memory-store.js';
import { browserEnvironment } from '../../../src/download/environment.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { ThreeFiles } from '../../../src/protocol/model.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { publicFiles, type PublicFiles } from '../../hub/public-files.js';

let files: PublicFiles;
const hubs: Hub[] = [];

before(async () => {
  files = await publicFiles();
});
after(() => Promise.all(hubs.map((hub) => hub.close())));

/** The location of the default model on a new test hub. */
async function withHub(options: Parameters<typeof startHub>[0] = {}): Promise<{ hub: Hub; location: ThreeFiles }> {
  const hub = await startHub(options);
  hubs.push(hub);
  const location = locateModel('stt-1b-en_fr', 'http://page.test/', new URL(hub.url('x')).origin);
  if (!('gguf' in location)) throw new Error('the default model is three files');
  return { hub, location };
}

function put(hub: Hub, { gguf, mimi, tokenizer }: ThreeFiles): void {
  for (const [url, bytes] of [
    [gguf, files.gguf],
    [mimi, files.mimi],
    [tokenizer, files.tokenizer],
  ] as const)
    hub.put(nameOf(url), bytes);
}

const nameOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));

describe('the public model', () => {
  it('downloads three files, and only the header and four slices of the official one', async () => {
    const sent: { readonly name: string; readonly start: number; readonly length: number }[] = [];
    const { hub, location } = await withHub({ onSent: (name, start, length) => sent.push({ name, start, length }) });
    put(hub, location);
    const [official = ''] = location.pauseHeads ?? [];
    hub.put(nameOf(official), files.official);
    const model = await openModelFromUrl(location, { store: memoryStore('a test') });
    assert.equal(model.config.lm.pauseHeads, 4);
    assert.equal(model.notes?.pauseHeadsMissing, undefined);

    const header = 8 + Number(new DataView(files.official.buffer).getBigUint64(0, true));
    const classes = model.config.lm.pauseClasses * model.config.lm.dim * 2; // bf16
    const slices = sent.filter(({ name }) => name === nameOf(official));
    assert.equal(
      slices.reduce((sum, { length }) => sum + length, 0),
      header + 4 * classes,
    );
    assert.ok(slices.every(({ start, length }) => start + length <= header || length <= classes));
  });

  it('has the same tensors as one GGUF of the same weights', async () => {
    const { hub, location } = await withHub();
    put(hub, location);
    hub.put(nameOf(location.pauseHeads?.[0] ?? ''), files.official);
    hub.put('own.gguf', files.own);
    const three = await openModelFromUrl(location);
    const one = await openModelFromUrl({ url: hub.url('own.gguf') });
    assert.deepEqual(three.config, one.config);
    for (const name of one.tensors.keys())
      assert.deepEqual(await three.readTensor(name), await one.readTensor(name), name);
  });

  it('works without pause heads, reports why, and downloads them at the next visit', async () => {
    const { hub, location } = await withHub();
    put(hub, location);
    const store = memoryStore('a test');
    const model = await openModelFromUrl(location, { store });
    assert.equal(model.config.lm.pauseHeads, 0);
    assert.match(model.notes?.pauseHeadsMissing ?? '', /model\.safetensors: 404/);
    const engine = await Engine.load(model, { backend: 'wasm' });
    assert.match(engine.info().pauseHeadsMissing ?? '', /404/);
    engine.dispose();

    hub.put(nameOf(location.pauseHeads?.[1] ?? ''), files.official);
    const again = await openModelFromUrl(location, { store });
    assert.equal(again.config.lm.pauseHeads, 4);
  });

  it('does not count paused time towards the time limit for pause heads', async () => {
    let responds = false as boolean;
    let begun: Pick<ModelCache, 'pause' | 'resume'> | undefined;
    const { hub, location } = await withHub({
      faults: ({ name }) => (!responds && name === nameOf(location.pauseHeads?.[0] ?? '') ? { hangs: true } : {}),
    });
    put(hub, location);
    const official = nameOf(location.pauseHeads?.[0] ?? '');
    hub.put(official, files.official);
    // The limits for a request and for a stall never run out here; what counts is when they are started and stopped.
    const real = browserEnvironment();
    const limits: AbortSignal[] = [];
    let sent = 0; // a request that was sent before the pause may reach the hub after it
    const opening = openModelFromUrl(location, {
      store: memoryStore('a test'),
      onBegin: (download) => (begun = download),
      environment: {
        fetch: (...args) => {
          sent++;
          return real.fetch(...args);
        },
        sleep: (ms, signal) => {
          if (ms < 4_000) return real.sleep(ms, signal);
          if (ms === 8_000) limits.push(signal);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
        },
      },
    });
    while (!hub.requests.some(({ name }) => name === official)) await sleep(5);
    begun?.pause();
    const before = sent;
    assert.deepEqual(
      limits.map(({ aborted }) => aborted),
      [true],
    );
    await sleep(100);
    assert.deepEqual([limits.length, sent], [1, before], 'limits and requests while paused');
    responds = true;
    begun?.resume();
    const { config, notes } = await opening;
    assert.equal(config.lm.pauseHeads, 4, notes?.pauseHeadsMissing);
    assert.ok(limits.length > 1);
    assert.ok(
      limits.every(({ aborted }) => aborted),
      'limits after resuming',
    );
  });

  it('rejects a file without pause heads, and works without them', async () => {
    const { hub, location } = await withHub();
    put(hub, location);
    hub.put(nameOf(location.pauseHeads?.[0] ?? ''), files.mimi);
    const model = await openModelFromUrl(location);
    assert.match(model.notes?.pauseHeadsMissing ?? '', /has no tensor extra_heads\.0\.weight/);
  });

  it('does not store a file without usable pause heads', async () => {
    const { hub, location } = await withHub();
    put(hub, location);
    const [official = ''] = location.pauseHeads ?? [];
    hub.put(nameOf(official), files.mimi);
    const store = memoryStore('a test');
    await openModelFromUrl(location, { store });
    const [installed] = await listModels(store);
    assert.ok(installed?.complete === true && installed.files.every(({ url }) => url !== official));
    hub.put(nameOf(official), files.official);
    assert.equal((await openModelFromUrl(location, { store })).config.lm.pauseHeads, 4);
  });

  it('makes no request once it is installed', async () => {
    const { hub, location } = await withHub();
    put(hub, location);
    hub.put(nameOf(location.pauseHeads?.[0] ?? ''), files.official);
    const store = memoryStore('a test');
    await openModelFromUrl(location, { store });
    const before = hub.requests.length;
    const model = await openModelFromUrl(location, { store, environment: { isOnline: () => false } });
    await model.readTensor('extra_heads.3.weight');
    assert.equal(model.config.lm.pauseHeads, 4);
    assert.equal(hub.requests.length, before);
  });

  it('falls back to the branch if the hub lacks the pinned revision', async () => {
    const { hub, location } = await withHub();
    assert.ok(location.otherwise);
    put(hub, location.otherwise);
    const model = await openModelFromUrl(location);
    assert.equal(model.config.lm.dim, 256);
    assert.ok(hub.requests.every(({ method }) => method === 'GET'));
    const engine = await Engine.load(model, { backend: 'wasm' });
    assert.equal(engine.info().instead, `${location.gguf} was not found; ${location.otherwise.gguf} is used instead.`);
    engine.dispose();
  });

  it('downloads a file again that was replaced on its server before the others were downloaded', async () => {
    let isDown = true;
    const { hub } = await withHub({
      faults: ({ name }) => (isDown && name === 'mimi.safetensors' ? { refuses: true } : {}),
    });
    const [gguf, mimi, tokenizer] = ['lm.gguf', 'mimi.safetensors', 'tokenizer.model'].map((name) => hub.url(name));
    const location: ThreeFiles = { gguf: gguf!, mimi: mimi!, tokenizer: tokenizer! };
    const store = memoryStore('a test');
    put(hub, location);
    await assert.rejects(openModelFromUrl(location, { store, attempts: 1 }), { code: 'network' });
    isDown = false;
    const newer = files.gguf.slice();
    newer[newer.length - 1]! ^= 1;
    hub.put('lm.gguf', newer);
    const model = await openModelFromUrl(location, { store });
    const tail = [...model.tensors.values()].filter(({ file }) => file === 'lm.gguf').map(({ name }) => name);
    const read = await Promise.all(tail.map((name) => model.readTensor(name)));
    assert.ok(
      read.some((bytes) => Buffer.compare(bytes, newer.subarray(newer.length - bytes.length)) === 0),
      'no tensor ends as the newer file does',
    );
  });
});
