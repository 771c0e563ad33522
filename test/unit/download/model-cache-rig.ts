/** Test rig: a hub, a store and model caches, new for each test. */
import { afterEach, beforeEach } from 'node:test';
import { SttError } from '../../../src/errors.js';
import type { ModelCache, ModelCacheOptions, RemoteFile } from '../../../src/download/types.js';
import { openModelCache } from '../../../src/download/model-cache.js';
import type { Fault, HubRequest } from '../../hub/faults.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { randomBytes, seeded } from '../../hub/random.js';
import { manifestOf, testStore, testThread, type TestStore, type TestThread } from './rig.js';

export const CHUNK = 16 * 1024;
export const STALL_MS = 2000;
export const bytes = randomBytes(seeded(7), 10 * CHUNK + 1234);

export interface ModelCacheRig {
  hub: Hub;
  fault: (request: HubRequest) => Fault;
  sent: { start: number; length: number }[];
  store: TestStore;
  thread: TestThread;
  /** Applied by `restart`, like `exposesHeaders`. */
  signatureUses: number;
  exposesHeaders: boolean;
  readonly restart: () => Promise<void>;
  readonly plain: () => RemoteFile;
  readonly hashed: () => RemoteFile;
  /** The cache is closed after the test. */
  readonly openCache: (options?: Partial<ModelCacheOptions>) => ModelCache;
  readonly sentBytes: () => number;
  readonly storageRequests: () => number;
}

/** Registers hooks of the test runner in the current `describe`. */
export function modelCacheRig(): ModelCacheRig {
  const openedCaches: ModelCache[] = [];
  let hub: Hub | undefined;
  const start = async (): Promise<void> => {
    await hub?.close();
    hub = await startHub({
      faults: (request) => r.fault(request),
      signatureUses: r.signatureUses,
      exposesHeaders: r.exposesHeaders,
      onSent: (_name, from, length) => r.sent.push({ start: from, length }),
    });
    hub.put('file.bin', bytes);
  };
  const r: ModelCacheRig = {
    get hub() {
      if (hub === undefined) throw new Error('no test is running');
      return hub;
    },
    fault: () => ({}),
    sent: [],
    store: testStore(),
    thread: testThread(seeded(3), STALL_MS),
    signatureUses: Infinity,
    exposesHeaders: true,
    restart: start,
    plain: () => ({ url: r.hub.url('file.bin'), chunkBytes: CHUNK }),
    hashed: () => manifestOf(r.hub.url('file.bin'), bytes, CHUNK),
    openCache: (options = {}) => {
      const opened = openModelCache('model', { store: r.store, environment: r.thread, stallMs: STALL_MS, ...options });
      openedCaches.push(opened);
      return opened;
    },
    sentBytes: () => r.sent.reduce((sum, { length }) => sum + length, 0),
    storageRequests: () => r.hub.requests.filter(({ at }) => at === 'storage').length,
  };
  beforeEach(async () => {
    Object.assign(r, { fault: () => ({}), signatureUses: Infinity, exposesHeaders: true, sent: [] });
    Object.assign(r, { store: testStore(), thread: testThread(seeded(3), STALL_MS) });
    await start();
  });
  afterEach(async () => {
    openedCaches.splice(0).forEach((opened) => opened.close());
    await hub?.close();
    hub = undefined;
  });
  return r;
}

export function all(source: {
  readonly size: number;
  read(at: number, length: number): Promise<Uint8Array>;
}): Promise<Uint8Array> {
  return source.read(0, source.size);
}

export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof SttError && error.code === code;
}

export function last<T>(list: readonly T[]): T | undefined {
  return list[list.length - 1];
}
