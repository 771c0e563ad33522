/** Opens the store for chunks: the Cache API, or this thread's memory if that is missing or blocked. */
import { cacheStore } from './cache-store.js';
import { memoryStore } from './memory-store.js';
import type { Store } from './store.js';

export interface StoreOptions {
  /** Default: this thread's. */
  readonly caches?: CacheStorage | undefined;
  /** Default: this thread's. */
  readonly storage?: Partial<Pick<StorageManager, 'estimate'>> | undefined;
}

/** Never rejects: `persistent` and `whyNotPersistent` of the store report a fallback. */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const storage = 'storage' in options ? options.storage : storageManager();
  // Safari before 17 has no `estimate`; a damaged profile rejects.
  const estimate = async (): Promise<StorageEstimate> => (await storage?.estimate?.().catch(() => undefined)) ?? {};
  try {
    // In a sandboxed frame, even access to `caches` throws.
    const caches = 'caches' in options ? options.caches : (globalOf('caches') as CacheStorage | undefined);
    if (caches === undefined) return memoryStore('the Cache API is missing, as on pages served over plain HTTP');
    return await cacheStore(caches, estimate);
  } catch (cause) {
    return memoryStore(`the browser blocks storage: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function globalOf(name: string): unknown {
  return (globalThis as Record<string, unknown>)[name];
}

/** Missing in Node and on plain HTTP, contrary to its type. */
function storageManager(): StorageManager | undefined {
  return (globalOf('navigator') as Partial<Navigator> | undefined)?.storage;
}
