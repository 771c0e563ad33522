/** Chooses where chunks are kept: the Cache API, or this thread's memory where that is absent or refused. */
import { cacheStore } from './cache-store.js';
import { memoryStore } from './memory-store.js';
import type { Store } from './store.js';

export interface StoreOptions {
  /** Default: this thread's. */
  readonly caches?: CacheStorage | undefined;
  /** Default: this thread's. */
  readonly storage?: Partial<Pick<StorageManager, 'estimate'>> | undefined;
}

/** Never rejects: `persistent` and `why` of the store say what has become of it. */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const storage = 'storage' in options ? options.storage : storageManager();
  // Safari before 17 has a storage manager without `estimate`; a damaged profile rejects. Then nobody says.
  const estimate = async (): Promise<StorageEstimate> => (await storage?.estimate?.().catch(() => undefined)) ?? {};
  try {
    // A sandboxed frame throws at the very name.
    const caches = 'caches' in options ? options.caches : (threads('caches') as CacheStorage | undefined);
    if (caches === undefined) return memoryStore('this page may keep nothing: it has no Cache API, as over plain HTTP');
    return await cacheStore(caches, estimate);
  } catch (cause) {
    return memoryStore(
      `the browser refuses to keep anything: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function threads(name: string): unknown {
  return (globalThis as Record<string, unknown>)[name];
}

/** Typed as always there; Node and plain HTTP have none. */
function storageManager(): StorageManager | undefined {
  return (threads('navigator') as Partial<Navigator> | undefined)?.storage;
}
