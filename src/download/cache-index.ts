/** What lies on a model's shelf and how it is named: records, which carry their own hash, and chunks, whose names do. */
import { CHUNK_BYTES, type FileWanted } from './types.js';
import { sha256 } from './sha256.js';
import type { Bucket } from './store.js';

/**
 * One version of a file. `edition` keeps chunks of two versions apart; of a file whose hashes a manifest gives there is
 * only one. `sha256` is written last, when all chunks are in the store: it is the commit marker.
 */
export interface Version {
  readonly edition: string;
  readonly chunkBytes: number;
  /** What the server calls this version: its ETag or the time it was changed. */
  readonly tag: string | undefined;
  readonly bytes: number | undefined;
  readonly sha256?: readonly string[];
}

export interface CachedFile {
  readonly name: string;
  readonly length: number;
  readonly sha256: string;
}

/** Of a model that is installed: its files, as they were asked for. */
export interface ModelRecord {
  readonly files: readonly FileWanted[];
  /** Names of the pieces of the files wanted in parts. */
  readonly pieces: readonly string[];
}

export const MODEL = 'model';

/** Query parameters that go with a signature, by its name: the file is the same when they change. Alone they could mean anything. */
const SIGNED: readonly (readonly [signature: string, all: RegExp])[] = [
  ['x-amz-signature', /^x-amz-/],
  ['x-goog-signature', /^x-goog-/],
  ['signature', /^(signature|expires|policy|key-pair-id|awsaccesskeyid|googleaccessid)$/],
  ['sig', /^(sig|se|sp|st|sv|sr|spr|sip|ske|skoid|sks|skt|sktid|skv)$/],
];

/** The folder of a file: by its content where that is known, else by its address. */
export async function idOf(file: FileWanted): Promise<string> {
  const { bytes, chunkBytes = CHUNK_BYTES } = file;
  if (file.sha256 !== undefined && file.sparse !== true) return digest([bytes, chunkBytes, ...file.sha256]);
  return digest([file.sparse === true, unsigned(file.url)]);
}

/** An absolute URL without its hash and what signs it. */
export function unsigned(address: string): string {
  const url = new URL(address);
  url.hash = '';
  const keys = [...url.searchParams.keys()];
  const names = new Set(keys.map((key) => key.toLowerCase()));
  for (const [signature, all] of SIGNED)
    if (names.has(signature)) for (const key of keys) if (all.test(key.toLowerCase())) url.searchParams.delete(key);
  return url.href;
}

/** Of the version with this tag and size, cut into chunks of this length. */
export function editionOf(...parts: readonly (string | number | undefined)[]): Promise<string> {
  return digest(parts);
}

async function digest(parts: readonly unknown[]): Promise<string> {
  return (await sha256(new TextEncoder().encode(JSON.stringify(parts)))).slice(0, 24);
}

export function versionName(id: string): string {
  return `${id}/version`;
}

export function chunkName(id: string, edition: string, index: number, length: number, hash: string): string {
  return `${id}/${edition}/${index}.${length}.${hash}`;
}

/** `start` and the length of a range kept on its own. */
export function pieceName(id: string, edition: string, start: number, length: number, hash: string): string {
  return `${id}/${edition}/at-${start}.${length}.${hash}`;
}

/** What is kept of one version, by the index of the chunk or `at-` and the piece's start. */
export function keptOf(names: readonly string[], id: string, edition: string): Map<string, CachedFile> {
  const prefix = `${id}/${edition}/`;
  const kept = new Map<string, CachedFile>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const [key, length, hash] = name.slice(prefix.length).split('.');
    if (key !== undefined && length !== undefined && hash !== undefined) {
      kept.set(key, { name, length: Number(length), sha256: hash });
    }
  }
  return kept;
}

/** The id of the file that a name belongs to. */
export function folderIn(name: string): string {
  return name.split('/')[0] ?? '';
}

/** How the name of a chunk or piece ends: its length and its SHA-256. */
const CONTENT = /\.(\d+)\.[0-9a-f]{64}$/;

/** The bytes a name says it stands for; 0 for records. */
export function lengthIn(name: string): number {
  return Number(CONTENT.exec(name)?.[1] ?? 0);
}

/** Whether a name carries the hash of what it stands for: then two bodies under it are the same. Records are overwritten. */
export function isNamedByContent(name: string): boolean {
  return CONTENT.test(name);
}

export async function deleteAll(shelf: Bucket, wanted: (name: string) => boolean): Promise<void> {
  for (const name of await shelf.names()) if (wanted(name)) await shelf.delete(name);
}

export async function writeRecord(shelf: Bucket, name: string, value: Version | ModelRecord): Promise<void> {
  const json = JSON.stringify(value);
  await shelf.write(name, new TextEncoder().encode(`${await sha256(new TextEncoder().encode(json))}${json}`));
}

export function readVersion(shelf: Bucket, id: string): Promise<Version | undefined> {
  return readRecord<Version>(shelf, versionName(id));
}

export function readModel(shelf: Bucket): Promise<ModelRecord | undefined> {
  return readRecord<ModelRecord>(shelf, MODEL);
}

/** A damaged record is as good as none. What its hash agrees to is what we wrote. */
async function readRecord<T>(shelf: Bucket, name: string): Promise<T | undefined> {
  const bytes = await shelf.read(name);
  if (bytes === undefined || bytes.length < 64) return undefined;
  const json = bytes.subarray(64);
  if (new TextDecoder().decode(bytes.subarray(0, 64)) !== (await sha256(json))) return undefined;
  return JSON.parse(new TextDecoder().decode(json)) as T;
}
