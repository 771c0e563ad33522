/** Shelves in this thread's memory: gone with it, and seen by nobody else. */
import type { Bucket, Store } from './store.js';

export function memoryStore(why: string): Store {
  const shelves = new Map<string, Bucket & { readonly size: number }>();
  return {
    kind: 'memory',
    persistent: false,
    why,
    shelf: (name) => {
      const shelf = shelves.get(name) ?? memoryBucket();
      shelves.set(name, shelf);
      return Promise.resolve(shelf);
    },
    shelves: () => Promise.resolve([...shelves].filter(([, { size }]) => size > 0).map(([name]) => name)),
    remove: (name) => {
      shelves.delete(name);
      return Promise.resolve();
    },
    free: () => Promise.resolve(undefined),
  };
}

export function memoryBucket(): Bucket & { readonly size: number } {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  return {
    get size() {
      return kept.size;
    },
    names: () => Promise.resolve([...kept.keys()]),
    // Copies both ways, as a disk makes them: nobody changes what is kept.
    read: (name) => Promise.resolve(kept.get(name)?.slice()),
    write: (name, bytes) => {
      kept.set(name, bytes.slice());
      return Promise.resolve();
    },
    delete: (name) => {
      kept.delete(name);
      return Promise.resolve();
    },
  };
}
