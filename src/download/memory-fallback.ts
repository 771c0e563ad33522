/** A bucket that falls back to memory when the store fails or is full. */
import { memoryBucket } from './memory-store.js';
import { isQuotaExceeded, type Bucket } from './store.js';

export interface FallbackBucket extends Bucket {
  /** Why writes go to memory; undefined while they go to the store. */
  readonly whyInMemory: string | undefined;
  /** Sends all later writes to memory, for the reason `why` unless there is one already. */
  spill(why: string): void;
}

/** A write over quota rejects unless `spillsWhenFull`; after any other failure, writes go to memory. */
export function withMemoryFallback(inner: Bucket, spillsWhenFull: boolean): FallbackBucket {
  const memory = memoryBucket();
  let why: string | undefined;
  const failed = (cause: unknown): void => {
    const message = cause instanceof Error ? cause.message : String(cause);
    why ??= isQuotaExceeded(cause)
      ? `the browser's storage is full; what did not fit is held in memory (${message})`
      : `the browser's storage failed; what it did not store is held in memory (${message})`;
  };
  return {
    get whyInMemory() {
      return why;
    },
    spill: (reason) => {
      why ??= reason;
    },
    names: async () => {
      const stored = await inner.names().catch((cause: unknown) => {
        failed(cause);
        return [];
      });
      return [...new Set([...stored, ...(await memory.names())])];
    },
    // An unreadable chunk counts as missing and is downloaded again.
    read: async (name) => (await memory.read(name)) ?? (await inner.read(name).catch(() => undefined)),
    write: async (name, bytes) => {
      if (why === undefined) {
        try {
          await inner.write(name, bytes);
          return;
        } catch (cause) {
          if (isQuotaExceeded(cause) && !spillsWhenFull) throw cause;
          failed(cause);
        }
      }
      await memory.write(name, bytes);
    },
    delete: async (name) => {
      await memory.delete(name);
      // A leftover entry takes space but does no harm: names contain versions and hashes, and records are overwritten.
      await inner.delete(name).catch(() => undefined);
    },
  };
}
