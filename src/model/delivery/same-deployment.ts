/** Whether a file that is here is still the one its server has: what comes today may not go with what came last week. */
import { Address } from './answer.js';
import type { FileWanted } from './contract.js';
import type { Gate } from './gate.js';
import type { Platform } from './platform.js';
import { deleteAll, folderIn, readVersion } from './records.js';
import { requests } from './requests.js';
import { differ } from './same-file.js';
import type { Shelf } from './store.js';

export interface Place {
  readonly shelf: Shelf;
  readonly platform: Platform;
  readonly gate: Gate;
  /** Milliseconds a server may take. */
  readonly stallMs: number;
}

/** Milliseconds that a question is worth whose answer is hardly ever yes. */
const PATIENCE_MS = 4000;

/** An address that names a commit leads to the same bytes for ever. */
const PINNED = /\/resolve\/[0-9a-f]{40}\//;

/** Of the files that only their servers vouch for, by their ids: those that are replaced there, which go from the store. */
export async function evictReplaced(
  used: ReadonlyMap<string, FileWanted>,
  place: Place,
  signal: AbortSignal,
): Promise<readonly (readonly [string, FileWanted])[]> {
  const files = [...used].filter(
    ([, { url, sha256, sparse }]) => sha256 === undefined && sparse !== true && !PINNED.test(url),
  );
  // One alone goes with nothing.
  if (files.length < 2) return [];
  const answers = await Promise.all(files.map(([id, file]) => isReplaced(id, file, place, signal)));
  const replaced = files.filter((_, i) => answers[i] === true);
  const ids = new Set(replaced.map(([id]) => id));
  await deleteAll(place.shelf, (name) => ids.has(folderIn(name)));
  return replaced;
}

/** Asks for one byte. True only where the answer says so: a server that is not there has replaced nothing. Rejects with an AbortError. */
async function isReplaced(id: string, file: FileWanted, place: Place, signal: AbortSignal): Promise<boolean> {
  const { shelf, platform, gate, stallMs } = place;
  const version = await readVersion(shelf, id);
  await gate.pass(signal);
  try {
    // Not by the signed address of before, which may lead to what was there before.
    const address = new Address(file.url, platform.fetch);
    const request = await requests(platform, gate, Math.min(stallMs, PATIENCE_MS)).ask(address, [0, 0], signal);
    request.end();
    const { kind, total, tag } = request.answer;
    // Of a whole file the size is only a hint.
    const resized = kind !== 'whole' && total !== undefined && total !== version?.bytes;
    return version !== undefined && (resized || differ(tag, version.tag));
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
