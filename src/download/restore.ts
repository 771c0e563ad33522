/** Before a model is committed: downloads again what the browser has dropped from the store since it was downloaded. */
import { SttError } from '../errors.js';
import type { FileWanted } from './types.js';
import { completeVersion } from './installed.js';
import type { FallbackBucket } from './memory-fallback.js';
import { folderIn, versionName, type Version } from './cache-index.js';
import type { Opened } from './same-deployment.js';

/** Times the store gets another chance; what it drops after that is kept in memory. */
const ROUNDS = 2;

export interface RestoreOptions {
  /** The model's. */
  readonly key: string;
  readonly shelf: FallbackBucket;
  /** Whole files, by their ids. */
  readonly wholes: ReadonlyMap<string, Opened>;
  /** All files, by their ids, and the pieces of those wanted in parts: those that lost some are left out from now on. */
  readonly used: Map<string, FileWanted>;
  readonly pieces: Set<string>;
  /** Fetches what is missing of a file. Resolves with the version that is in the store then. */
  readonly fetch: (id: string, opened: Opened) => Promise<Version>;
}

/**
 * Resolves once every chunk is in the store, in memory, or can be fetched when it is read. Rejects with `network` where
 * a file was replaced on its server meanwhile, and with what `fetch` rejects with, but for `quota`.
 */
export async function restoreLost({ key, shelf, wholes, used, pieces, fetch }: RestoreOptions): Promise<void> {
  await forgetLostParts(shelf, used, pieces);
  for (let round = 0; ; round++) {
    const lost = await lostFiles(shelf, wholes);
    if (lost.length === 0) return;
    // A store that fails or is full cannot tell; what is missing is found when it is read.
    if (round > ROUNDS || shelf.why !== undefined) return;
    if (round === ROUNDS) shelf.spill(LOST);
    for (const [id, opened] of lost) await fetchLost(id, opened);
  }

  async function fetchLost(id: string, opened: Opened): Promise<void> {
    const { edition, sha256 } = await fetch(id, opened).catch((cause: unknown) => {
      if (!isFull(cause)) throw cause;
      shelf.spill(`${LOST} (${cause.message})`);
      return fetch(id, opened);
    });
    const { version, file } = opened;
    if (edition !== version.edition || String(sha256) !== String(version.sha256))
      throw new SttError('network', `${file.url}: was replaced on its server while ${key} was installed`);
  }
}

/** What `whyNotKept` says then. */
export const LOST =
  "the browser's storage lost or damaged what it had stored; what was downloaded again is held in memory";

export function isFull(cause: unknown): cause is SttError {
  return cause instanceof SttError && cause.code === 'quota';
}

async function lostFiles(
  shelf: FallbackBucket,
  wholes: ReadonlyMap<string, Opened>,
): Promise<(readonly [string, Opened])[]> {
  const found = await Promise.all(
    [...wholes].map(async ([id, opened]) => {
      const version = await completeVersion(shelf, id);
      return version?.edition === opened.version.edition ? [] : [[id, opened] as const];
    }),
  );
  return found.flat();
}

/** What was read of a file wanted in parts is in the model already; the next visit asks for it again. */
async function forgetLostParts(
  shelf: FallbackBucket,
  used: Map<string, FileWanted>,
  pieces: Set<string>,
): Promise<void> {
  const names = new Set(await shelf.names());
  for (const [id, { sparse }] of used) {
    const own = [...pieces].filter((piece) => folderIn(piece) === id);
    if (sparse !== true || [...own, versionName(id)].every((name) => names.has(name))) continue;
    used.delete(id);
    own.forEach((piece) => pieces.delete(piece));
  }
}
