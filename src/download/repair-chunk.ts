/** Fetches one chunk again that is damaged in the store, or gone from it. */
import { SttError } from '../errors.js';
import { fetchOneChunk, type FetchOptions } from './file-fetch.js';
import { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';
import { readVersion, versionName, writeRecord, type Version } from './cache-index.js';
import { requests } from './request.js';
import { notKept } from './store.js';
import { ProgressMeter } from './progress.js';
import { Replaced } from './file-version.js';

export interface RepairOptions extends FetchOptions {
  readonly version: Version;
  readonly index: number;
  /** Whether somebody else has mended it by now. */
  readonly isSound: () => Promise<boolean>;
  /** Runs alone among all who want a file. */
  readonly alone: (id: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;
  readonly stallMs: number;
}

const TRIES = 4;

/** Where the whole store was emptied: without its record the next visit could use none of the chunks. */
async function keepRecord({ shelf, id, name, version }: RepairOptions): Promise<void> {
  if ((await readVersion(shelf, id)) !== undefined) return;
  try {
    await writeRecord(shelf, versionName(id), version);
  } catch (cause) {
    throw notKept(cause, `${name}: its record`);
  }
}

/** Reading outlives the depot, so nothing of the depot's can abort it. Rejects with an SttError. */
export async function repairChunk(options: RepairOptions): Promise<void> {
  const { version, index, isSound, alone, stallMs } = options;
  const { signal } = new AbortController();
  const uncounted = new ProgressMeter({ now: options.platform.now, onProgress: undefined, onFile: () => undefined });
  // Whoever reads cannot stop waiting, so being offline counts as a failed try.
  const platform: Environment = { ...options.platform, isOnline: () => true };
  const gate = new PauseSwitch();
  const work: FetchOptions = {
    ...options,
    ...{ platform, gate, tries: Math.min(options.tries, TRIES), tally: uncounted.tally(options.id) },
    requests: requests(options.platform, gate, stallMs),
  };
  try {
    await alone(options.id, signal, async () => {
      if (await isSound()) return;
      await fetchOneChunk(work, version, index, signal);
      await keepRecord(options);
    });
  } catch (cause) {
    if (!(cause instanceof Replaced)) throw cause;
    const what = `${options.name}: chunk ${index} is damaged in the store and cannot be fetched again`;
    throw new SttError('integrity', `${what}: ${cause.message}`, { cause });
  }
}
