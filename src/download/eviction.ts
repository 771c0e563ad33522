/** Sees that there is room for a model: evicts what is left of versions nobody wants any more, and else says `quota`. */
import { SttError } from '../errors.js';
import type { FallbackBucket } from './memory-fallback.js';
import type { Environment } from './environment.js';
import { folderIn, idOf, lengthIn, MODEL, readModel, readVersion } from './cache-index.js';
import type { Store } from './store.js';

export interface EvictionOptions {
  /** The model's. */
  readonly key: string;
  readonly store: Store;
  readonly shelf: FallbackBucket;
  /** Bytes that have just not fitted; 0 before anything is written. */
  readonly refused: number;
  /** Bytes that are still to come. */
  readonly missing: number;
  /** Ids of the files that are wanted; undefined where only some of them are known, and nothing can be evicted. */
  readonly wanted: ReadonlySet<string> | undefined;
  readonly whenFull: 'error' | 'memory' | undefined;
  /** Runs alone among all who want a file. */
  readonly alone: (id: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;
  readonly sleep: Environment['sleep'];
}

/** Milliseconds after which somebody else is taken to be at a file. */
const AT_IT_MS = 100;

/** Resolves where there is room, or what comes may lie in memory. Rejects with `quota`. */
export async function evictForSpace(options: EvictionOptions): Promise<void> {
  const { key, store, shelf, refused, missing, whenFull } = options;
  if (shelf.why !== undefined) return; // everything goes to memory already
  const needed = Math.max(refused, missing);
  let free = await store.free();
  if (refused === 0 && (free === undefined || needed <= free)) return;
  const freed = await evictUnfinished(options);
  // Browsers may take a while to count what was given back.
  if (free !== undefined) free = Math.max(free + freed, (await store.free()) ?? 0);
  if (freed > 0 && (refused > 0 ? freed >= refused : needed <= (free ?? Infinity))) return;
  const why = `${key}: needs ${needed} bytes more, ${free ?? 'too few'} are free`;
  if (whenFull !== 'memory') throw new SttError('quota', why);
  shelf.spill(why);
}

/** The installed model stays, until another is complete. Resolves with how many bytes went. */
async function evictUnfinished(options: EvictionOptions): Promise<number> {
  const { shelf, wanted } = options;
  if (wanted === undefined) return 0;
  const installed = await Promise.all(((await readModel(shelf))?.files ?? []).map(idOf));
  const keeps = new Set([...wanted, ...installed, MODEL]);
  const left = new Set((await shelf.names()).map(folderIn).filter((id) => !keeps.has(id)));
  let freed = 0;
  for (const id of left) {
    // Of a file that is read in parts it is not known which version wants it, and a few kB are no help.
    if ((await readVersion(shelf, id))?.chunkBytes !== 0) freed += await evictFile(id, options);
  }
  return freed;
}

async function evictFile(id: string, { shelf, alone, sleep }: EvictionOptions): Promise<number> {
  let freed = 0;
  const over = new AbortController();
  const late = new AbortController();
  sleep(AT_IT_MS, over.signal).then(
    () => late.abort(),
    () => undefined, // it was its turn in time
  );
  const work = async (): Promise<void> => {
    for (const name of await shelf.names()) {
      if (folderIn(name) !== id) continue;
      await shelf.delete(name);
      freed += lengthIn(name);
    }
  };
  try {
    await alone(id, late.signal, work);
  } catch (cause) {
    if (!late.signal.aborted) throw cause;
  } finally {
    over.abort();
  }
  return freed;
}
