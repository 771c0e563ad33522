/** Shared by the download tests: a store with limited space and damage, and an environment with fast timers. */
import { createHash } from 'node:crypto';
import type { RemoteFile } from '../../../src/download/types.js';
import { localLocks } from '../../../src/download/local-locks.js';
import { memoryBucket } from '../../../src/download/memory-store.js';
import { browserEnvironment, type Environment } from '../../../src/download/environment.js';
import type { Bucket, Store } from '../../../src/download/store.js';
import { corsFetch } from '../../hub/cors-fetch.js';
import { seeded, type Random } from '../../hub/random.js';

export interface TestStore extends Store {
  /** Most bytes that fit. */
  capacity: number;
  /** What `freeBytes` reports; default: the actual free space. */
  claimsFree: number | undefined;
  readonly usedBytes: number;
  /** Called with each name that is written or deleted. */
  onWritten: (name: string) => void;
  onDeleted: (name: string) => void;
  /** Flips a bit of each entry whose name fits; resolves with their number. */
  damage(fits: (name: string) => boolean): Promise<number>;
  names(key: string): Promise<string[]>;
}

/** Outlives the model caches of a test, so a new cache simulates a reload. */
export function testStore(): TestStore {
  const buckets = new Map<string, Bucket>();
  const sizes = new Map<string, number>();
  const used = (): number => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const counting = (key: string): Bucket => {
    const inner = memoryBucket();
    return {
      names: () => inner.names(),
      read: (name) => inner.read(name),
      write: async (name, bytes) => {
        const slot = `${key} ${name}`;
        if (used() - (sizes.get(slot) ?? 0) + bytes.length > store.capacity) {
          throw new DOMException('full', 'QuotaExceededError');
        }
        sizes.set(slot, bytes.length);
        await inner.write(name, bytes);
        store.onWritten(name);
      },
      delete: async (name) => {
        sizes.delete(`${key} ${name}`);
        store.onDeleted(name);
        await inner.delete(name);
      },
    };
  };
  const store: TestStore = {
    kind: 'cache',
    persistent: true,
    whyNotPersistent: undefined,
    capacity: Infinity,
    claimsFree: undefined,
    get usedBytes() {
      return used();
    },
    onWritten: () => undefined,
    onDeleted: () => undefined,
    bucket: (name) => {
      const bucket = buckets.get(name) ?? counting(name);
      buckets.set(name, bucket);
      return Promise.resolve(bucket);
    },
    bucketNames: () => Promise.resolve([...new Set([...sizes.keys()].map((slot) => slot.split(' ')[0] ?? ''))]),
    // As in a browser, open handles of the bucket see it empty.
    remove: async (name) => {
      const bucket = await store.bucket(name);
      for (const each of await bucket.names()) await bucket.delete(each);
    },
    freeBytes: () => Promise.resolve(store.claimsFree ?? store.capacity - used()),
    names: async (key) => (await buckets.get(key)?.names()) ?? [],
    damage: async (fits) => {
      let damaged = 0;
      for (const bucket of buckets.values()) {
        for (const name of (await bucket.names()).filter(fits)) {
          const bytes = (await bucket.read(name))!;
          bytes[bytes.length >> 1]! ^= 1;
          await bucket.write(name, bytes);
          damaged++;
        }
      }
      return damaged;
    },
  };
  return store;
}

export interface TestThread extends Environment {
  /** The waits before attempts in milliseconds, in order. */
  readonly waits: number[];
  online: boolean;
}

/** `locks` are shared by the tabs of a test. Waits other than `stallMs` take 1 ms and are recorded. */
export function testThread(random: Random = seeded(1), stallMs = 150, locks = localLocks()): TestThread {
  const real = browserEnvironment();
  const thread: TestThread = {
    ...real,
    fetch: corsFetch,
    lock: locks,
    random,
    waits: [],
    online: true,
    isOnline: () => thread.online,
    sleep: (ms, signal) => {
      if (ms === stallMs) return real.sleep(ms, signal);
      thread.waits.push(ms);
      return real.sleep(1, signal);
    },
  };
  return thread;
}

export function manifestOf(url: string, bytes: Uint8Array, chunkBytes: number): RemoteFile {
  const sha256: string[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    sha256.push(
      createHash('sha256')
        .update(bytes.subarray(at, at + chunkBytes))
        .digest('hex'),
    );
  }
  return { url, name: 'file.bin', bytes: bytes.length, chunkBytes, sha256 };
}
