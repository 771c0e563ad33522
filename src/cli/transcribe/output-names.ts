/** Gives each recording its own name in a folder of outputs. */
import { dirname, extname, relative, resolve, sep } from 'node:path';
import { STDIN, type Recording } from './recordings.js';

/**
 * The outputs' paths below the folder, without extension and with forward slashes. They mirror the recordings' places:
 * `a/talk` for `a/talk.mp3`. Where two would have the same name, on a disk that ignores case too, both get a longer one: with
 * the extension (`a/talk.mp3`), then with the folders that tell them apart, then with a number. Names depend on the list alone,
 * so every shard and every later run of the same list has the same.
 *
 * @param isTaken whether a name would replace a recording
 */
export function outputNames(recordings: readonly Recording[], isTaken: (name: string) => boolean): string[] {
  const root = commonFolder(recordings.flatMap(({ path }) => (path === STDIN ? [] : [dirname(resolve(path))])));
  const levels = recordings.map(() => 0);
  for (;;) {
    const names = recordings.map((recording, i) => nameAt(levels[i] ?? 0, recording, root, i));
    const uses = new Map<string, number>();
    for (const name of names) uses.set(keyOf(name), (uses.get(keyOf(name)) ?? 0) + 1);
    let areUnique = true;
    for (const [i, name] of names.entries()) {
      if (uses.get(keyOf(name)) === 1 && !isTaken(name)) continue;
      levels[i] = (levels[i] ?? 0) + 1;
      areUnique = false;
    }
    if (areUnique) return names;
  }
}

function nameAt(level: number, { path, place }: Recording, root: string, index: number): string {
  if (level === 0) return withoutExtension(place);
  if (level === 1) return place;
  const below = path === STDIN ? place : relative(root, resolve(path)).split(sep).join('/');
  if (level === 2) return withoutExtension(below);
  if (level === 3) return below;
  return `${below} (${index + 1}${'+'.repeat(level - 4)})`;
}

/** Of `v1.2` the 2 is no extension. */
function withoutExtension(place: string): string {
  const extension = extname(place);
  return /^\.(?=.*[a-z])[a-z0-9]{1,5}$/i.test(extension) ? place.slice(0, -extension.length) : place;
}

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

/** The deepest folder that contains all of `folders`. */
function commonFolder(folders: readonly string[]): string {
  const [first = resolve('.'), ...rest] = folders;
  let common = first;
  for (const folder of rest) while (!isWithin(folder, common)) common = dirname(common);
  return common;
}

function isWithin(folder: string, root: string): boolean {
  return folder === root || folder.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}
