import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import type { ByteSource } from '../../../src/bytes/byte-source.js';
import type { RemoteFile } from '../../../src/download/types.js';
import { openModelCache } from '../../../src/download/model-cache.js';
import { localLocks } from '../../../src/download/local-locks.js';
import { corsFetch } from '../../hub/cors-fetch.js';
import { randomFaults, type FaultPlan } from '../../hub/faults.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { randomBytes, seeded, whole, type Random } from '../../hub/random.js';
import { manifestOf, testStore, testThread, type TestStore } from './rig.js';

const DOWNLOADS = 200;
const BATCH = 20;
const STALL_MS = 120;
/** Stall time without faults: long enough for a busy machine. */
const STALL_MS_WITHOUT_FAULTS = 5000;
const pool = randomBytes(seeded(99), 500_000);

type Outcome = 'complete' | 'network' | 'integrity' | 'quota';

/** One download: its file, its store, its faults, and the chunks in the store. */
interface Download {
  readonly random: Random;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly file: RemoteFile;
  readonly store: TestStore;
  readonly kept: Set<number>;
  /** Ranges that were requested although their chunk was in the store. */
  readonly requestedTwice: string[];
  /** Bytes of all range responses. */
  receivedBytes: number;
  plan: FaultPlan;
}

describe('two hundred downloads with random faults', () => {
  let hub: Hub;
  let current: Download | undefined;
  const outcomes: Record<Outcome, number> = { complete: 0, network: 0, integrity: 0, quota: 0 };

  before(async () => {
    hub = await startHub({
      signatureUses: 9,
      // Requests of the previous download may still arrive.
      faults: (request) => (request.name === current?.name ? current.plan(request) : { refuses: true }),
    });
  });
  after(() => hub.close());

  for (let batch = 0; batch < DOWNLOADS; batch += BATCH) {
    it(`complete, or reject with a typed error: seeds ${batch} to ${batch + BATCH - 1}`, async () => {
      for (let seed = batch; seed < batch + BATCH; seed++) {
        const download = prepare(seed, hub);
        current = download;
        const found = await run(download, seed);
        for (const outcome of found) outcomes[outcome]++;
        await finishWithoutFaults(download, seed);
        assert.deepEqual(download.requestedTwice, [], `seed ${seed}: requested stored chunks`);
      }
    });
  }

  it('mostly complete, and each error occurs', (test) => {
    test.diagnostic(JSON.stringify(outcomes));
    assert.ok(outcomes.complete > DOWNLOADS / 2, JSON.stringify(outcomes));
    for (const [outcome, count] of Object.entries(outcomes)) assert.ok(count > 0, `none ended in ${outcome}`);
  });
});

function prepare(seed: number, hub: Hub): Download {
  const random = seeded(seed);
  const length = 30_000 + whole(random, pool.length - 30_000);
  const bytes = pool.slice(pool.length - length);
  const name = `file-${seed}.bin`;
  hub.put(name, bytes);
  const chunkBytes = 2 ** (12 + whole(random, 5)); // 4 to 64 kB
  const hashed = random() < 0.7;
  const url = hub.url(name);
  const file = hashed ? manifestOf(url, bytes, chunkBytes) : { url, chunkBytes };
  const store = testStore();
  const kept = new Set<number>();
  const chunkIn = (path: string): number => Number(/\/(\d+)\.\d+\.[0-9a-f]{64}$/.exec(path)?.[1] ?? -1);
  store.onWritten = (path) => kept.add(chunkIn(path));
  store.onDeleted = (path) => kept.delete(chunkIn(path));
  if (random() < 0.12) {
    store.capacity = whole(random, length);
    // Half of these browsers report more free space than there is.
    if (random() < 0.5) store.claimsFree = Infinity;
  }
  const hard = random() < 0.12 ? 5 : 1;
  const plan = randomFaults(random, {
    cut: 0.1 * hard * random(),
    // Without hashes, flipped bits cannot be detected. For a few files, most responses are damaged instead of a few.
    flip: hashed ? (random() < 0.08 ? 0.8 : 0.04 * hard * random()) : 0,
    status: 0.1 * hard * random(),
    refuse: 0.1 * hard * random(),
    stall: 0.01,
    ignoreRange: random() < 0.2 ? 0.05 : 0,
  });
  return { random, name, bytes, file, store, kept, requestedTwice: [], receivedBytes: 0, plan };
}

/** Downloads in one or two tabs, some of which are reloaded. Resolves with the outcome of each tab. */
async function run(download: Download, seed: number): Promise<Outcome[]> {
  const locks = localLocks();
  const tabs = download.random() < 0.3 ? 2 : 1;
  return Promise.all(Array.from({ length: tabs }, () => tab(download, locks, seed)));
}

async function tab(download: Download, locks: ReturnType<typeof localLocks>, seed: number): Promise<Outcome> {
  const { random, store, file, bytes } = download;
  for (let reloads = random() < 0.5 ? whole(random, 4) : 0; ; reloads--) {
    const leaveAt = reloads > 0 ? whole(random, bytes.length) : Infinity;
    const left = new AbortController();
    const cache = openModelCache('model', {
      store,
      stallMs: STALL_MS,
      connections: 1 + whole(random, 4),
      environment: { ...testThread(random, STALL_MS, locks), fetch: countingFetch(download) },
      signal: left.signal,
      onProgress: ({ loaded }) => {
        if (loaded > leaveAt) left.abort();
      },
    });
    try {
      await checkBytes(await cache.open(file), bytes, seed);
      return 'complete';
    } catch (cause) {
      if (left.signal.aborted) continue;
      assert.ok(cause instanceof SttError, `seed ${seed}: ${String(cause)}`);
      const { code } = cause;
      assert.ok(code === 'network' || code === 'integrity' || code === 'quota', `seed ${seed}: ${cause.message}`);
      return code;
    } finally {
      cache.close();
    }
  }
}

/** Completes the download without faults, and checks that it downloads only what is missing. */
async function finishWithoutFaults(download: Download, seed: number): Promise<void> {
  const { store, file, bytes } = download;
  download.plan = () => ({});
  store.capacity = Infinity;
  store.claimsFree = undefined;
  const environment = { ...testThread(seeded(seed), STALL_MS_WITHOUT_FAULTS), fetch: countingFetch(download) };
  const cache = openModelCache('model', { store, stallMs: STALL_MS_WITHOUT_FAULTS, environment });
  const { storedBytes } = await cache.storageStatus([file]);
  download.receivedBytes = 0;
  await checkBytes(await cache.open(file), bytes, seed);
  assert.equal(
    download.receivedBytes,
    bytes.length - storedBytes,
    `seed ${seed}: downloaded more or less than was missing`,
  );
  cache.close();
}

/** Records requests when they are sent: the server may receive them after the tab has left. */
function countingFetch(download: Download): typeof fetch {
  return async (input, init) => {
    const span = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get('range') ?? '');
    const [first, last] = [Number(span?.[1]), Number(span?.[2])];
    const chunk = Math.floor(first / (download.file.chunkBytes ?? 1));
    if (download.kept.has(chunk)) download.requestedTwice.push(`${first}-${last}`);
    const response = await corsFetch(input, init);
    if (response.status === 206) download.receivedBytes += Math.min(last + 1, download.bytes.length) - first;
    return response;
  };
}

async function checkBytes(source: ByteSource, bytes: Uint8Array, seed: number): Promise<void> {
  const read = await source.read(0, source.size);
  assert.ok(Buffer.compare(read, bytes) === 0, `seed ${seed}: a wrong byte`);
}
