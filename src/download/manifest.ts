/** Parses and makes manifest.json: the files of a model, their sizes, and the SHA-256 of every chunk. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { encodePathPart } from '../bytes/file-name.js';
import { whyNotFetched } from '../protocol/urls.js';
import { CHUNK_BYTES, type RemoteFile } from './types.js';
import { sha256 } from './sha256.js';

export const MANIFEST_FORMAT = 'kyutai-stt-manifest';
export const MANIFEST_VERSION = 1;

/** The roles of files in a layout. Without a layout, names and contents decide. */
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
  /** The model's display name. */
  readonly name: string;
  readonly files: readonly (ManifestFile & RemoteFile)[];
  /** Names of files by role; several are shards, in order. */
  readonly layout: Readonly<Partial<Record<Role, readonly string[]>>> | undefined;
}

/** Most bytes per chunk: a chunk is held in memory while it is verified. */
export const MAX_CHUNK = 64 * 1024 * 1024;
const MAX_FILES = 1000;

/**
 * Parses a manifest from `url`, to which its files' URLs are relative. Throws `model-invalid`, naming the manifest, the
 * field, the value found and the value expected.
 */
export function parseManifest(url: string, text: string): Manifest {
  const root = new ManifestValue(url, 'manifest', parseJson(url, text));
  root.at('format').oneOf([MANIFEST_FORMAT]);
  root.at('version').oneOf([MANIFEST_VERSION]);
  const files = root
    .at('files')
    .list(MAX_FILES)
    .map((file) => parseFile(url, file));
  if (files.length === 0) root.at('files').fail('at least one file');
  const names = new Set<string>();
  files.forEach(({ name }, i) => {
    if (names.has(name)) root.at('files').item(i).at('name').fail('a unique name');
    names.add(name);
  });
  const layout = root.at('layout');
  return {
    name: root.at('name').optional()?.string() ?? files[0]!.name,
    files,
    layout: layout.optional() === undefined ? undefined : parseLayout(layout, names),
  };
}

/** Makes the manifest's entry of a file, reading a chunk at a time. */
export async function describeFile(source: ByteSource, chunkBytes = CHUNK_BYTES): Promise<Omit<ManifestFile, 'url'>> {
  const hashes: string[] = [];
  for (let at = 0; at < source.size; at += chunkBytes) {
    hashes.push(await sha256(await source.read(at, Math.min(chunkBytes, source.size - at))));
  }
  return { name: source.name, bytes: source.size, chunkBytes, sha256: hashes };
}

function parseFile(base: string, file: ManifestValue): ManifestFile {
  const name = file.at('name').string();
  const bytes = file.at('bytes').integer(0, Number.MAX_SAFE_INTEGER);
  const chunkBytes = file.at('chunkBytes').optional()?.integer(1, MAX_CHUNK) ?? CHUNK_BYTES;
  const count = Math.ceil(bytes / chunkBytes);
  const hashes = file.at('sha256').list(count);
  if (hashes.length !== count) file.at('sha256').fail(`${count} hashes, one for each ${chunkBytes} of ${bytes} bytes`);
  const address = file.at('url').optional()?.string() ?? encodePathPart(name);
  if (!URL.canParse(address, base) || whyNotFetched(new URL(address, base)) !== undefined)
    file.at('url').fail('a URL that can be downloaded, absolute or relative to the manifest');
  return {
    name,
    url: new URL(address, base).href,
    bytes,
    chunkBytes,
    sha256: hashes.map((hash) => hash.matching(/^[0-9a-f]{64}$/i, '64 hexadecimal digits').toLowerCase()),
  };
}

function parseLayout(layout: ManifestValue, names: ReadonlySet<string>): Manifest['layout'] {
  const found: Partial<Record<Role, readonly string[]>> = {};
  for (const key of layout.keys()) {
    const role = ROLES.find((each) => each === key);
    if (role === undefined) throw layout.at(key).error(`nothing under that name: roles are ${ROLES.join(', ')}`);
    const value = layout.at(role);
    found[role] = (value.isList() ? value.list(MAX_FILES) : [value]).map((each) => {
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

/** A value in the manifest, with its path for messages. */
class ManifestValue {
  readonly #url: string;
  readonly #path: string;
  readonly #value: unknown;

  constructor(url: string, path: string, value: unknown) {
    this.#url = url;
    this.#path = path;
    this.#value = value;
  }

  at(key: string): ManifestValue {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    const path = this.#path === 'manifest' ? key : `${this.#path}.${key}`;
    return new ManifestValue(this.#url, path, (value as Record<string, unknown>)[key]);
  }

  item(index: number): ManifestValue {
    return new ManifestValue(this.#url, `${this.#path}[${index}]`, (this.#value as unknown[])[index]);
  }

  keys(): string[] {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) this.fail('an object');
    return Object.keys(value);
  }

  optional(): ManifestValue | undefined {
    return this.#value === undefined ? undefined : this;
  }

  isList(): boolean {
    return Array.isArray(this.#value);
  }

  /** A list of at most `most` values, to bound memory. */
  list(most: number): ManifestValue[] {
    const value = this.#value;
    if (!Array.isArray(value)) return this.fail('a list');
    if (value.length > most) return this.fail(`at most ${most} entries`);
    return value.map((_, i) => this.item(i));
  }

  string(): string {
    return typeof this.#value === 'string' && this.#value !== '' ? this.#value : this.fail('a non-empty string');
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
