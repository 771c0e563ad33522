/** A store of downloaded chunks in a folder: one subfolder per bucket, one file per name. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Bucket, Store } from '../download/store.js';

/** Begins the names of files that are being written; encoded names have no such beginning. */
const UNFINISHED = '~';

/** The folder for downloaded models, by the system's convention. */
export function defaultCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'kyutai-stt');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'kyutai-stt');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kyutai-stt');
}

export function folderStore(folder: string): Store {
  return {
    kind: 'cache',
    persistent: true,
    whyNotPersistent: undefined,
    bucket: (name) => Promise.resolve(folderBucket(join(folder, fileNameFor(name)))),
    bucketNames: () => namesIn(folder),
    remove: (name) => rm(join(folder, fileNameFor(name)), { recursive: true, force: true }),
    freeBytes: async () => {
      await mkdir(folder, { recursive: true });
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
  };
}

function folderBucket(folder: string): Bucket {
  const pathOf = (name: string): string => join(folder, fileNameFor(name));
  return {
    names: () => namesIn(folder),
    read: async (name) => {
      const bytes = await readFile(pathOf(name)).catch(undefinedIfMissing);
      return bytes && new Uint8Array(bytes);
    },
    write: async (name, bytes) => {
      await mkdir(folder, { recursive: true });
      const unfinished = join(folder, UNFINISHED + randomUUID());
      try {
        await writeFile(unfinished, bytes);
        await rename(unfinished, pathOf(name));
      } catch (cause) {
        await rm(unfinished, { force: true });
        if (!isFull(cause)) throw cause;
        throw new DOMException(`${folder}: the disk is full`, 'QuotaExceededError');
      }
    },
    delete: (name) => rm(pathOf(name), { force: true }),
  };
}

/** `name` as a file name: never `..`, hidden or like an unfinished file, and without characters that Windows forbids. */
function fileNameFor(name: string): string {
  return encodeURIComponent(name).replace(/^[.~]|\*/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The decoded names of a folder's entries; none if there is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(undefinedIfMissing)) ?? [];
  return names.filter((name) => !name.startsWith(UNFINISHED)).map(decodeURIComponent);
}

function undefinedIfMissing(cause: unknown): undefined {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
}

function isFull(cause: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((cause as NodeJS.ErrnoException).code ?? '');
}
