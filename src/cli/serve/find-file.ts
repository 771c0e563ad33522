/** Maps the path of a URL to a file inside the served folders. */
import { realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** URL prefixes, each with its slashes, and their folders. */
export type Mounts = Readonly<Record<string, string>>;

export type Found = { readonly file: string } | { readonly redirect: string };

/** The one name with a dot that is served: certificates and app links use it. */
const PUBLIC_DOT_NAME = '.well-known';

/**
 * The file of a request's target, with links resolved; or the URL to redirect to, for a folder without its slash.
 * Undefined for what is absent, hidden (a name that starts with a dot), malformed, or outside: by `..`, by an encoded
 * slash, or by a link that leads out of the folder or to a hidden name.
 *
 * @param withheld files and folders that are absent to visitors, wherever they are
 */
export async function findFile(
  target: string,
  mounts: Mounts,
  withheld: readonly string[] = [],
): Promise<Found | undefined> {
  if (!URL.canParse(target, 'http://localhost')) return undefined;
  const { pathname, search } = new URL(target, 'http://localhost');
  const prefix = Object.keys(mounts)
    .sort((a, b) => b.length - a.length)
    .find((candidate) => pathname.startsWith(candidate) || `${pathname}/` === candidate);
  if (prefix === undefined) return undefined;
  if (`${pathname}/` === prefix) return { redirect: prefix + search };

  const names = decodeNames(pathname.slice(prefix.length));
  const folder = mounts[prefix];
  if (names === undefined || folder === undefined) return undefined;
  const path = join(folder, ...names, pathname.endsWith('/') ? 'index.html' : '');
  const file = await inside(folder, path);
  if (file === undefined || (await isWithheld(file, withheld))) return undefined;
  const info = await stat(file);
  // The names were checked, so the address can be returned unchanged.
  if (info.isDirectory()) return pathname.endsWith('/') ? undefined : { redirect: `${pathname}/${search}` };
  return info.isFile() ? { file } : undefined;
}

/** `a/b%20c/` → [a, b c]; undefined if any name is empty, hidden, or not a single name once decoded. */
function decodeNames(path: string): string[] | undefined {
  const encoded = path.replace(/\/$/, '').split('/');
  if (encoded.length === 1 && encoded[0] === '') return [];
  const names: string[] = [];
  for (const part of encoded) {
    const name = decode(part);
    if (name === undefined || name === '' || /[/\\\0]/.test(name)) return undefined;
    if (isHidden(name)) return undefined;
    names.push(name);
  }
  return names;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined; // malformed percent-encoding names no file
  }
}

const isHidden = (name: string): boolean => name.startsWith('.') && name !== PUBLIC_DOT_NAME;

/** `path` with links resolved, if that is still in `folder`, and under no hidden name there. */
async function inside(folder: string, path: string): Promise<string | undefined> {
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(path)]);
    if (!contains(root, file)) return undefined;
    return relative(root, file).split(sep).some(isHidden) ? undefined : file;
  } catch {
    return undefined; // absent, unreadable, a name too long: all are "not found" to a visitor
  }
}

const contains = (folder: string, file: string): boolean =>
  file === folder || file.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** @param file with links resolved */
async function isWithheld(file: string, withheld: readonly string[]): Promise<boolean> {
  const paths = await Promise.all(withheld.map((path) => realpath(path).catch(() => path)));
  return paths.some((path) => contains(path, file));
}
