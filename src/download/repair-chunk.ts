/** Downloads one chunk again that is damaged in the store or missing from it. */
import { SttError } from '../errors.js';
import { fetchOneChunk, type FetchOptions } from './file-fetch.js';
import { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';
import { readVersion, versionName, writeRecord, type VersionRecord } from './cache-index.js';
import { requestClient } from './request.js';
import { writeError } from './store.js';
import { ProgressMeter } from './progress.js';
import { FileReplaced } from './file-version.js';

export interface RepairOptions extends FetchOptions {
  readonly version: VersionRecord;
  readonly index: number;
  /** Whether another reader has repaired it meanwhile. */
  readonly isIntact: () => Promise<boolean>;
  /** Runs `work` while holding the file's lock. */
  readonly withFileLock: (id: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;
  readonly stallMs: number;
}

const ATTEMPTS = 4;

/** Writes the file's record if the store has lost it: the next visit cannot use chunks without one. */
async function restoreRecord({ bucket, id, name, version }: RepairOptions): Promise<void> {
  if ((await readVersion(bucket, id)) !== undefined) return;
  try {
    await writeRecord(bucket, versionName(id), version);
  } catch (cause) {
    throw writeError(cause, `${name}: its record`);
  }
}

/** Independent of the cache's pause and abort, because sources outlive the cache. Rejects with an SttError. */
export async function repairChunk(options: RepairOptions): Promise<void> {
  const { version, index, isIntact, withFileLock, stallMs } = options;
  const { signal } = new AbortController();
  const uncounted = new ProgressMeter({ now: options.environment.now, onProgress: undefined, onFile: () => undefined });
  // A read cannot wait for ever, so being offline counts as a failed attempt.
  const environment: Environment = { ...options.environment, isOnline: () => true };
  const pauseSwitch = new PauseSwitch();
  const work: FetchOptions = {
    ...options,
    ...{
      environment,
      pauseSwitch,
      attempts: Math.min(options.attempts, ATTEMPTS),
      progress: uncounted.fileProgress(options.id),
    },
    client: requestClient(options.environment, pauseSwitch, stallMs),
  };
  try {
    await withFileLock(options.id, signal, async () => {
      if (await isIntact()) return;
      await fetchOneChunk(work, version, index, signal);
      await restoreRecord(options);
    });
  } catch (cause) {
    if (!(cause instanceof FileReplaced)) throw cause;
    const what = `${options.name}: chunk ${index} is damaged in the store and cannot be downloaded again`;
    throw new SttError('integrity', `${what}: ${cause.message}`, { cause });
  }
}
