/** Finds the recordings that the arguments of a command name: files, folders with all that is below them, standard input. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { SttError } from '../../errors.js';
import { AUDIO_EXTENSIONS, isAudioName } from '../audio/audio-names.js';
import { UnreadableFile } from '../audio/unreadable-file.js';

export interface Recording {
  /** As it is named, or found in a named folder; `-` is standard input. */
  readonly path: string;
  /** Its place in a tree of outputs, with forward slashes: its name, or its path below the named folder. */
  readonly place: string;
}

/** A folder that has no recordings, or that cannot be read. */
export interface Problem {
  readonly path: string;
  readonly error: SttError;
}

export interface Found {
  /** In the order of the arguments; those of a folder are sorted by path, the same way on every machine. */
  readonly inputs: readonly (Recording | Problem)[];
  /** Whether any argument is a folder. */
  readonly hasFolder: boolean;
}

export const STDIN = '-';

export const isProblem = (input: Recording | Problem): input is Problem => 'error' in input;

/** A path that does not exist is a recording: its error comes when it is opened. */
export async function findRecordings(paths: readonly string[]): Promise<Found> {
  const isFolder = await Promise.all(
    paths.map(async (path) => path !== STDIN && ((await stat(path).catch(() => undefined))?.isDirectory() ?? false)),
  );
  const folders = isFolder.filter(Boolean).length;
  const inputs: (Recording | Problem)[] = [];
  for (const [i, path] of paths.entries()) {
    if (isFolder[i]) inputs.push(...(await inFolder(path, folders > 1 ? basename(resolve(path)) : '')));
    else inputs.push({ path, place: path === STDIN ? 'standard-input' : basename(path) });
  }
  return { inputs, hasFolder: folders > 0 };
}

/** @param under the folder's own place in the tree of outputs */
async function inFolder(root: string, under: string): Promise<(Recording | Problem)[]> {
  const files: string[] = [];
  const problems: Problem[] = [];
  /** @param above real paths of the folders that hold this one: a link to one of them would never end */
  const visit = async (below: string, above: ReadonlySet<string>): Promise<void> => {
    const folder = join(root, below);
    try {
      const real = await realpath(folder);
      if (above.has(real)) return;
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (entry.name.startsWith('.')) continue;
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        // A link that leads nowhere is reported when it is opened.
        const target = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => undefined) : entry;
        if (target?.isDirectory()) await visit(path, new Set([...above, real]));
        else if ((target?.isFile() ?? true) && isAudioName(entry.name)) files.push(path);
      }
    } catch (cause) {
      problems.push({ path: folder, error: UnreadableFile.because(folder, cause) });
    }
  };
  await visit('', new Set());
  if (files.length === 0 && problems.length === 0) {
    const error = UnreadableFile.withoutAudio(root, AUDIO_EXTENSIONS);
    return [{ path: root, error }];
  }
  files.sort((a, b) => (a < b ? -1 : 1));
  const recordings = files.map((file): Recording => ({
    path: join(root, file),
    place: under === '' ? file : `${under}/${file}`,
  }));
  return [...problems, ...recordings];
}
