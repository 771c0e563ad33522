/** Whether a file that is here is still the one its server has: what comes today may not go with what came last week. */
import { Address } from './response.js';
import type { FileWanted } from './types.js';
import type { PauseSwitch } from './pause.js';
import type { Environment } from './environment.js';
import { deleteAll, folderIn, readVersion, type Version } from './cache-index.js';
import { requests } from './request.js';
import { differ } from './same-file.js';
import type { Bucket } from './store.js';

/** A file, and the version of it that was opened. */
export interface Opened {
  readonly file: FileWanted;
  readonly version: Version;
}

export interface Place {
  readonly shelf: Bucket;
  /** Runs alone among all who want a file. */
  readonly alone: (id: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;
  readonly platform: Environment;
  readonly gate: PauseSwitch;
  /** Milliseconds a server may take. */
  readonly stallMs: number;
}

/** Milliseconds that a question is worth whose answer is hardly ever yes. */
const PATIENCE_MS = 4000;

/** An address that names a commit leads to the same bytes for ever. */
const PINNED = /\/resolve\/[0-9a-f]{40}\//;

/** Of the files that only their servers vouch for, by their ids: those that are replaced there, which go from the store. */
export async function evictReplaced(
  opened: ReadonlyMap<string, Opened>,
  place: Place,
  signal: AbortSignal,
): Promise<readonly (readonly [string, FileWanted])[]> {
  const trusted = [...opened].filter(([, { file }]) => file.sha256 === undefined && !PINNED.test(file.url));
  // One alone goes with nothing.
  if (trusted.length < 2) return [];
  const answers = await Promise.all(trusted.map(([, each]) => isReplaced(each, place, signal)));
  const replaced = trusted.filter((_, i) => answers[i] === true);
  await Promise.all(replaced.map(([id, { version }]) => evict(id, version, place, signal)));
  return replaced.map(([id, { file }]) => [id, file]);
}

/** Unless another tab has the next version of it already. */
async function evict(id: string, { edition }: Version, { shelf, alone }: Place, signal: AbortSignal): Promise<void> {
  await alone(id, signal, async () => {
    const here = await readVersion(shelf, id);
    if (here === undefined || here.edition === edition) await deleteAll(shelf, (name) => folderIn(name) === id);
  });
}

/** Asks for one byte. True only where the answer says so: a server that is not there has replaced nothing. Rejects with an AbortError. */
async function isReplaced({ file, version }: Opened, place: Place, signal: AbortSignal): Promise<boolean> {
  const { platform, gate, stallMs } = place;
  for (;;) {
    await gate.pass(signal);
    const { halt } = gate;
    try {
      // Not by the signed address of before, which may lead to what was there before.
      const address = new Address(file.url, platform.fetch);
      const request = await requests(platform, gate, Math.min(stallMs, PATIENCE_MS)).ask(address, [0, 0], signal);
      request.end();
      const { kind, total, tag } = request.answer;
      // Of a whole file the size is only a hint.
      const resized = kind !== 'whole' && total !== undefined && total !== version.bytes;
      return resized || differ(tag, version.tag);
    } catch {
      signal.throwIfAborted();
      if (!halt.aborted) return false;
    }
  }
}
