/** Checks that stored files are unchanged on their servers, so that a model does not mix files of two deployments. */
import { Address } from './response.js';
import type { RemoteFile } from './types.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';
import { deleteAll, fileIdIn, readVersion, type VersionRecord } from './cache-index.js';
import { requestClient } from './request.js';
import { tagsDiffer } from './same-file.js';
import type { Bucket } from './store.js';

/** A file and the version that was opened. */
export interface OpenedFile {
  readonly file: RemoteFile;
  readonly version: VersionRecord;
}

export interface CheckContext {
  readonly bucket: Bucket;
  /** Runs `work` while holding the file's lock. */
  readonly withFileLock: (id: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;
  readonly environment: Environment;
  readonly pauseSwitch: PauseSwitch;
  /** Milliseconds without a response after which a request fails. */
  readonly stallMs: number;
}

/** Most milliseconds to wait for a check that hardly ever finds a change. */
const TIMEOUT_MS = 4000;

/** A URL with a commit hash never changes its content. */
const PINNED = /\/resolve\/[0-9a-f]{40}\//;

/** Evicts the files without hashes that were replaced on their servers. Resolves with them and their ids. */
export async function evictReplaced(
  opened: ReadonlyMap<string, OpenedFile>,
  context: CheckContext,
  signal: AbortSignal,
): Promise<readonly (readonly [string, RemoteFile])[]> {
  const trusted = [...opened].filter(([, { file }]) => file.sha256 === undefined && !PINNED.test(file.url));
  // A single file cannot mix deployments.
  if (trusted.length < 2) return [];
  const results = await Promise.all(trusted.map(([, each]) => isReplaced(each, context, signal)));
  const replaced = trusted.filter((_, i) => results[i] === true);
  await Promise.all(replaced.map(([id, { version }]) => evict(id, version, context, signal)));
  return replaced.map(([id, { file }]) => [id, file]);
}

/** Evicts this version of the file, unless another tab has already replaced it. */
async function evict(
  id: string,
  { edition }: VersionRecord,
  { bucket, withFileLock }: CheckContext,
  signal: AbortSignal,
): Promise<void> {
  await withFileLock(id, signal, async () => {
    const current = await readVersion(bucket, id);
    if (current === undefined || current.edition === edition) await deleteAll(bucket, (name) => fileIdIn(name) === id);
  });
}

/** Requests one byte. True only if the response shows a change: an unreachable server counts as unchanged. Rejects with an AbortError. */
async function isReplaced({ file, version }: OpenedFile, context: CheckContext, signal: AbortSignal): Promise<boolean> {
  const { environment, pauseSwitch, stallMs } = context;
  for (;;) {
    await pauseSwitch.whenRunning(signal);
    const { pauseSignal } = pauseSwitch;
    try {
      // Without the signed URL of the download, which may still serve the old file.
      const address = new Address(file.url, environment.fetch);
      const request = await requestClient(environment, pauseSwitch, Math.min(stallMs, TIMEOUT_MS)).send(
        address,
        [0, 0],
        signal,
      );
      request.cancel();
      const { kind, total, tag } = request.response;
      // The size of a whole file is only a hint.
      const resized = kind !== 'whole' && total !== undefined && total !== version.bytes;
      return resized || tagsDiffer(tag, version.tag);
    } catch {
      signal.throwIfAborted();
      if (!pauseSignal.aborted) return false;
    }
  }
}
