/** Makes room in the store: evicts unused file versions, then spills to memory or rejects with `quota`. */
import { SttError } from '../errors.js';
import type { FallbackBucket } from './memory-fallback.js';
import type { Environment } from './environment.js';
import { fileIdIn, idOf, byteLengthIn, MODEL_RECORD, readModel, readVersion } from './cache-index.js';
import type { Store } from './store.js';

export interface EvictionOptions {
  /** The model's key. */
  readonly key: string;
  readonly store: Store;
  readonly bucket: FallbackBucket;
  /** Bytes of the write that just failed; 0 before the first write. */
  readonly refusedBytes: number;
  /** Bytes still to be downloaded. */
  readonly missingBytes: number;
  /** Ids of all files in use; undefined if only some are known, and nothing can be evicted. */
  readonly inUse: ReadonlySet<string> | undefined;
  readonly whenFull: 'error' | 'memory' | undefined;
  /** Runs `work` while holding the file's lock. */
  readonly withFileLock: (id: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;
  readonly sleep: Environment['sleep'];
}

/** Milliseconds without the lock after which a file counts as in use elsewhere. */
const LOCK_TIMEOUT_MS = 100;

/** Resolves once the bytes fit, or may go to memory. Rejects with `quota`. */
export async function evictForSpace(options: EvictionOptions): Promise<void> {
  const { key, store, bucket, refusedBytes, missingBytes, whenFull } = options;
  if (bucket.whyInMemory !== undefined) return; // everything goes to memory already
  const needed = Math.max(refusedBytes, missingBytes);
  let free = await store.freeBytes();
  if (refusedBytes === 0 && (free === undefined || needed <= free)) return;
  const freed = await evictUnfinished(options);
  // Browsers may update the free space late.
  if (free !== undefined) free = Math.max(free + freed, (await store.freeBytes()) ?? 0);
  if (freed > 0 && (refusedBytes > 0 ? freed >= refusedBytes : needed <= (free ?? Infinity))) return;
  const why = `${key}: needs ${needed} more bytes, ${free ?? 'too few'} are free`;
  if (whenFull !== 'memory') throw new SttError('quota', why);
  bucket.spill(why);
}

/** Evicts files of unfinished versions, never the installed model's. Resolves with the bytes freed. */
async function evictUnfinished(options: EvictionOptions): Promise<number> {
  const { bucket, inUse } = options;
  if (inUse === undefined) return 0;
  const installed = await Promise.all(((await readModel(bucket))?.files ?? []).map(idOf));
  const kept = new Set([...inUse, ...installed, MODEL_RECORD]);
  const unused = new Set((await bucket.names()).map(fileIdIn).filter((id) => !kept.has(id)));
  let freed = 0;
  for (const id of unused) {
    // A sparse file (chunkBytes 0) may belong to any version, and frees only a few kB.
    if ((await readVersion(bucket, id))?.chunkBytes !== 0) freed += await evictFile(id, options);
  }
  return freed;
}

async function evictFile(id: string, { bucket, withFileLock, sleep }: EvictionOptions): Promise<number> {
  let freed = 0;
  const done = new AbortController();
  const timeout = new AbortController();
  sleep(LOCK_TIMEOUT_MS, done.signal).then(
    () => timeout.abort(),
    () => undefined, // the lock was granted in time
  );
  const work = async (): Promise<void> => {
    for (const name of await bucket.names()) {
      if (fileIdIn(name) !== id) continue;
      await bucket.delete(name);
      freed += byteLengthIn(name);
    }
  };
  try {
    await withFileLock(id, timeout.signal, work);
  } catch (cause) {
    if (!timeout.signal.aborted) throw cause;
  } finally {
    done.abort();
  }
  return freed;
}
