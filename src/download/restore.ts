/** Before a model is committed, downloads chunks again that the browser has lost since they were stored. */
import { SttError } from '../errors.js';
import type { RemoteFile } from './types.js';
import { completeVersion } from './installed.js';
import type { FallbackBucket } from './memory-fallback.js';
import { fileIdIn, versionName, type VersionRecord } from './cache-index.js';
import type { OpenedFile } from './same-deployment.js';

/** Attempts to store lost chunks again; after that they are held in memory. */
const ROUNDS = 2;

export interface RestoreOptions {
  /** The model's key. */
  readonly key: string;
  readonly bucket: FallbackBucket;
  /** Whole files, by their ids. */
  readonly wholeFiles: ReadonlyMap<string, OpenedFile>;
  /** All files by id, and the pieces of the sparse ones. Sparse files that lost pieces are removed from both. */
  readonly usedFiles: Map<string, RemoteFile>;
  readonly pieces: Set<string>;
  /** Downloads a file's missing chunks. Resolves with the version that is then in the store. */
  readonly fetch: (id: string, opened: OpenedFile) => Promise<VersionRecord>;
}

/**
 * Resolves once every chunk is in the store or in memory, or the store fails, and reads will download what is missing.
 * Rejects with `network` if a file was replaced on its server, and with the errors of `fetch` except `quota`.
 */
export async function restoreLost({
  key,
  bucket,
  wholeFiles,
  usedFiles,
  pieces,
  fetch,
}: RestoreOptions): Promise<void> {
  await forgetLostPieces(bucket, usedFiles, pieces);
  for (let round = 0; ; round++) {
    const lost = await lostFiles(bucket, wholeFiles);
    if (lost.length === 0) return;
    // A failing or full store cannot be checked; reads find what is missing.
    if (round > ROUNDS || bucket.whyInMemory !== undefined) return;
    if (round === ROUNDS) bucket.spill(STORE_LOST_DATA);
    for (const [id, opened] of lost) await fetchLost(id, opened);
  }

  async function fetchLost(id: string, opened: OpenedFile): Promise<void> {
    const { edition, sha256 } = await fetch(id, opened).catch((cause: unknown) => {
      if (!isQuotaError(cause)) throw cause;
      bucket.spill(`${STORE_LOST_DATA} (${cause.message})`);
      return fetch(id, opened);
    });
    const { version, file } = opened;
    if (edition !== version.edition || String(sha256) !== String(version.sha256))
      throw new SttError('network', `${file.url}: was replaced on its server while ${key} was installed`);
  }
}

/** The reason that `whyNotPersistent` gives then. */
export const STORE_LOST_DATA =
  "the browser's storage lost or damaged what it had stored; what was downloaded again is held in memory";

export function isQuotaError(cause: unknown): cause is SttError {
  return cause instanceof SttError && cause.code === 'quota';
}

async function lostFiles(
  bucket: FallbackBucket,
  wholeFiles: ReadonlyMap<string, OpenedFile>,
): Promise<(readonly [string, OpenedFile])[]> {
  const found = await Promise.all(
    [...wholeFiles].map(async ([id, opened]) => {
      const version = await completeVersion(bucket, id);
      return version?.edition === opened.version.edition ? [] : [[id, opened] as const];
    }),
  );
  return found.flat();
}

/** Removes sparse files that lost pieces: the model has read them already, and the next visit downloads them again. */
async function forgetLostPieces(
  bucket: FallbackBucket,
  used: Map<string, RemoteFile>,
  pieces: Set<string>,
): Promise<void> {
  const names = new Set(await bucket.names());
  for (const [id, { sparse }] of used) {
    const own = [...pieces].filter((piece) => fileIdIn(piece) === id);
    if (sparse !== true || [...own, versionName(id)].every((name) => names.has(name))) continue;
    used.delete(id);
    own.forEach((piece) => pieces.delete(piece));
  }
}
