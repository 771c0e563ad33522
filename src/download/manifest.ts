/** manifest.json: the files of a model, their sizes, and the SHA-256 of every chunk. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { CHUNK_BYTES, type FileWanted } from './types.js';
import { sha256 } from './sha256.js';

export const MANIFEST_FORMAT = 'kyutai-stt-manifest';
export const MANIFEST_VERSION = 1;

/** What a file is for. Without a layout, the files' names and contents say. */
export const ROLES = ['gguf', 'mimi', 'tokenizer', 'mimi-config', 'config', 'pause-heads'] as const;
export type Role = (typeof ROLES)[number];

export interface ManifestFile {
  readonly name: string;
  readonly url: string;
  readonly bytes: number;
  readonly chunkBytes: number;
  readonly sha256: readonly string[];
}

export interface Manifest {
  /** The model's, for people. */
  readonly name: string;
  readonly files: readonly (ManifestFile & FileWanted)[];
  /** Names of files by what they are for; several are shards, in order. */
  readonly layout: Readonly<Partial<Record<Role, readonly string[]>>> | undefined;
}

/** Bytes a chunk at most: it is held in memory while it is checked. */
export const MAX_CHUNK = 64 * 1024 * 1024;
const MAX_FILES = 1000;

/**
 * Reads a manifest that was fetched from `url`; its files' URLs are relative to that. Throws `model-invalid`, naming the
 * manifest, the field, what is there and what is expected.
 */
export function parseManifest(url: string, text: string): Manifest {
  const root = new Place(url, 'manifest', parseJson(url, text));
  root.at('format').oneOf([MANIFEST_FORMAT]);
  root.at('version').oneOf([MANIFEST_VERSION]);
  const files = root
    .at('files')
    .list(MAX_FILES)
    .map((file) => parseFile(url, file));
  if (files.length === 0) root.at('files').fail('at least one file');
  const names = new Set<string>();
  files.forEach(({ name }, i) => {
    if (names.has(name)) root.at('files').item(i).at('name').fail('a name no other file has');
    names.add(name);
  });
  const layout = root.at('layout');
  return {
    name: root.at('name').optional()?.string() ?? files[0]!.name,
    files,
    layout: layout.optional() === undefined ? undefined : parseLayout(layout, names),
  };
}

/** One file's entry, read a chunk at a time: what makes a manifest. */
export async function describeFile(source: ByteSource, chunkBytes = CHUNK_BYTES): Promise<Omit<ManifestFile, 'url'>> {
  const hashes: string[] = [];
  for (let at = 0; at < source.size; at += chunkBytes) {
    hashes.push(await sha256(await source.read(at, Math.min(chunkBytes, source.size - at))));
  }
  return { name: source.name, bytes: source.size, chunkBytes, sha256: hashes };
}

function parseFile(base: string, file: Place): ManifestFile {
  const name = file.at('name').string();
  const bytes = file.at('bytes').integer(0, Number.MAX_SAFE_INTEGER);
  const chunkBytes = file.at('chunkBytes').optional()?.integer(1, MAX_CHUNK) ?? CHUNK_BYTES;
  const count = Math.ceil(bytes / chunkBytes);
  const hashes = file.at('sha256').list(count);
  if (hashes.length !== count) file.at('sha256').fail(`${count} hashes, one for each ${chunkBytes} of ${bytes} bytes`);
  const address = file.at('url').optional()?.string() ?? encodeURIComponent(name);
  if (!URL.canParse(address, base)) file.at('url').fail('a URL, absolute or relative to the manifest');
  return {
    name,
    url: new URL(address, base).href,
    bytes,
    chunkBytes,
    sha256: hashes.map((hash) => hash.matching(/^[0-9a-f]{64}$/i, '64 hexadecimal digits').toLowerCase()),
  };
}

function parseLayout(layout: Place, names: ReadonlySet<string>): Manifest['layout'] {
  const found: Partial<Record<Role, readonly string[]>> = {};
  for (const key of layout.keys()) {
    const role = ROLES.find((each) => each === key);
    if (role === undefined) throw layout.at(key).error(`no such role; ${ROLES.join(', ')}`);
    const place = layout.at(role);
    found[role] = (place.isList() ? place.list(MAX_FILES) : [place]).map((each) => {
      const name = each.string();
      return names.has(name) ? name : each.fail('the name of one of the files');
    });
  }
  return found;
}

function parseJson(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw SttError.from(cause, url, 'model-invalid');
  }
}

/** A value in the manifest, and the way to it for messages. */
class Place {
  readonly #url: string;
  readonly #path: string;
  readonly #value: unknown;

  constructor(url: string, path: string, value: unknown) {
    this.#url = url;
    this.#path = path;
    this.#value = value;
  }

  at(key: string): Place {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    const path = this.#path === 'manifest' ? key : `${this.#path}.${key}`;
    return new Place(this.#url, path, (value as Record<string, unknown>)[key]);
  }

  item(index: number): Place {
    return new Place(this.#url, `${this.#path}[${index}]`, (this.#value as unknown[])[index]);
  }

  keys(): string[] {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    return Object.keys(value);
  }

  optional(): Place | undefined {
    return this.#value === undefined ? undefined : this;
  }

  isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** At most `most`: no manifest makes us hold more than it describes. */
  list(most: number): Place[] {
    const value = this.#value;
    if (!Array.isArray(value)) return this.fail('a list');
    if (value.length > most) return this.fail(`at most ${most} entries`);
    return value.map((_, i) => this.item(i));
  }

  string(): string {
    return typeof this.#value === 'string' && this.#value !== '' ? this.#value : this.fail('a text');
  }

  matching(pattern: RegExp, what: string): string {
    return typeof this.#value === 'string' && pattern.test(this.#value) ? this.#value : this.fail(what);
  }

  integer(least: number, most: number): number {
    const value = this.#value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    return this.fail(`a whole number from ${least} to ${most}`);
  }

  oneOf(values: readonly unknown[]): void {
    if (!values.includes(this.#value)) this.fail(values.map((value) => JSON.stringify(value)).join(' or '));
  }

  fail(expected: string): never {
    throw this.error(expected);
  }

  error(expected: string): SttError {
    const value = this.#value;
    const list = Array.isArray(value) ? `${value.length} entries` : undefined;
    const found = value === undefined ? 'missing' : (list ?? JSON.stringify(value).slice(0, 80));
    return new SttError('model-invalid', `${this.#url}: ${this.#path} is ${found}, expected ${expected}`);
  }
}
