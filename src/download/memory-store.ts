/** Buckets in this thread's memory: other threads cannot see them. */
import type { Bucket, Store } from './store.js';

export function memoryStore(whyNotPersistent: string): Store {
  const buckets = new Map<string, Bucket & { readonly size: number }>();
  return {
    kind: 'memory',
    persistent: false,
    whyNotPersistent,
    bucket: (name) => {
      const bucket = buckets.get(name) ?? memoryBucket();
      buckets.set(name, bucket);
      return Promise.resolve(bucket);
    },
    bucketNames: () => Promise.resolve([...buckets].filter(([, { size }]) => size > 0).map(([name]) => name)),
    remove: (name) => {
      buckets.delete(name);
      return Promise.resolve();
    },
    freeBytes: () => Promise.resolve(undefined),
  };
}

export function memoryBucket(): Bucket & { readonly size: number } {
  const stored = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    get size() {
      return stored.size;
    },
    names: () => Promise.resolve([...stored.keys()]),
    // Copies both ways, as a disk does, so that callers cannot change stored bytes.
    read: (name) => Promise.resolve(stored.get(name)?.slice()),
    write: (name, bytes) => {
      stored.set(name, bytes.slice());
      return Promise.resolve();
    },
    delete: (name) => {
      stored.delete(name);
      return Promise.resolve();
    },
  };
}
