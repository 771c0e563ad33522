/** A shelf with memory beside it, for what the store refuses or has no room for. */
import { memoryBucket } from './memory-store.js';
import { isQuotaExceeded, type Bucket } from './store.js';

export interface FallbackBucket extends Bucket {
  /** Why something lies in memory, in a sentence; undefined while nothing has to. */
  readonly why: string | undefined;
  /** From now on everything that is written goes to memory; `why` stays what it was where there is one. */
  spill(why: string): void;
}

/** A write that does not fit is refused, as the store does, unless `spillsWhenFull`; one that fails otherwise goes to memory. */
export function withMemoryFallback(inner: Bucket, spillsWhenFull: boolean): FallbackBucket {
  const memory = memoryBucket();
  let why: string | undefined;
  const refused = (cause: unknown): void => {
    const said = cause instanceof Error ? cause.message : String(cause);
    why ??= isQuotaExceeded(cause)
      ? `the browser's storage is full, what did not fit is held in memory (${said})`
      : `the browser's storage fails, what it refused is held in memory (${said})`;
  };
  return {
    get why() {
      return why;
    },
    spill: (sentence) => {
      why ??= sentence;
    },
    names: async () => {
      const kept = await inner.names().catch((cause: unknown) => {
        refused(cause);
        return [];
      });
      return [...new Set([...kept, ...(await memory.names())])];
    },
    // What cannot be read is not there, and is fetched again.
    read: async (name) => (await memory.read(name)) ?? (await inner.read(name).catch(() => undefined)),
    write: async (name, bytes) => {
      if (why === undefined) {
        try {
          await inner.write(name, bytes);
          return;
        } catch (cause) {
          if (isQuotaExceeded(cause) && !spillsWhenFull) throw cause;
          refused(cause);
        }
      }
      await memory.write(name, bytes);
    },
    delete: async (name) => {
      await memory.delete(name);
      // What stays there takes room, but does no harm: names carry versions and hashes, and records are overwritten.
      await inner.delete(name).catch(() => undefined);
    },
  };
}
