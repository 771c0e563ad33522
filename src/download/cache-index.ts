/** The contents of a model's bucket: records, which begin with their own hash, and chunks, whose names contain theirs. */
import { CHUNK_BYTES, type RemoteFile } from './types.js';
import { sha256 } from './sha256.js';
import type { Bucket } from './store.js';

/**
 * One version of a file, as stored. `edition` separates the chunks of two versions; a file with hashes in a manifest has
 * only one. `sha256` is written last, when all chunks are in the store: it is the commit marker.
 */
export interface VersionRecord {
  readonly edition: string;
  readonly chunkBytes: number;
  /** The server's ETag or modification time. */
  readonly tag: string | undefined;
  readonly bytes: number | undefined;
  readonly sha256?: readonly string[];
}

export interface CachedChunk {
  readonly name: string;
  readonly length: number;
  readonly sha256: string;
}

/** An installed model, as stored: its files, as they were requested. */
export interface ModelRecord {
  readonly files: readonly RemoteFile[];
  /** Names of the pieces of its sparse files. */
  readonly pieces: readonly string[];
}

export const MODEL_RECORD = 'model';

/** Query parameters that belong to a signature, by its name: they do not identify the file. Without it they may mean anything. */
const SIGNED: readonly (readonly [signature: string, all: RegExp])[] = [
  ['x-amz-signature', /^x-amz-/],
  ['x-goog-signature', /^x-goog-/],
  ['signature', /^(signature|expires|policy|key-pair-id|awsaccesskeyid|googleaccessid)$/],
  ['sig', /^(sig|se|sp|st|sv|sr|spr|sip|ske|skoid|sks|skt|sktid|skv)$/],
];

/** The folder of a file: a digest of its hashes if it has some, else of its URL. */
export async function idOf(file: RemoteFile): Promise<string> {
  const { bytes, chunkBytes = CHUNK_BYTES } = file;
  if (file.sha256 !== undefined && file.sparse !== true) return digest([bytes, chunkBytes, ...file.sha256]);
  return digest([file.sparse === true, unsigned(file.url)]);
}

/** An absolute URL without its fragment and its signature. */
export function unsigned(address: string): string {
  const url = new URL(address);
  url.hash = '';
  const keys = [...url.searchParams.keys()];
  const names = new Set(keys.map((key) => key.toLowerCase()));
  for (const [signature, all] of SIGNED)
    if (names.has(signature)) for (const key of keys) if (all.test(key.toLowerCase())) url.searchParams.delete(key);
  return url.href;
}

/** The edition of the version with this tag, size and chunk length. */
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

/** A piece: a range of a sparse file, `length` bytes from `start`. */
export function pieceName(id: string, edition: string, start: number, length: number, hash: string): string {
  return `${id}/${edition}/at-${start}.${length}.${hash}`;
}

/** The chunks or pieces stored of one version, by chunk index or `at-` and the piece's start. */
export function cachedChunks(names: readonly string[], id: string, edition: string): Map<string, CachedChunk> {
  const prefix = `${id}/${edition}/`;
  const chunks = new Map<string, CachedChunk>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const [key, length, hash] = name.slice(prefix.length).split('.');
    if (key !== undefined && length !== undefined && hash !== undefined) {
      chunks.set(key, { name, length: Number(length), sha256: hash });
    }
  }
  return chunks;
}

/** The id of the file that a name belongs to. */
export function fileIdIn(name: string): string {
  return name.split('/')[0] ?? '';
}

/** The end of a chunk's or piece's name: its length and its SHA-256. */
const CONTENT = /\.(\d+)\.[0-9a-f]{64}$/;

/** The length in a chunk's or piece's name; 0 for records. */
export function byteLengthIn(name: string): number {
  return Number(CONTENT.exec(name)?.[1] ?? 0);
}

/** Whether a name contains its content's hash, so that it never has another content. Records are overwritten. */
export function isNamedByContent(name: string): boolean {
  return CONTENT.test(name);
}

export async function deleteAll(bucket: Bucket, wanted: (name: string) => boolean): Promise<void> {
  for (const name of await bucket.names()) if (wanted(name)) await bucket.delete(name);
}

export async function writeRecord(bucket: Bucket, name: string, value: VersionRecord | ModelRecord): Promise<void> {
  const json = JSON.stringify(value);
  await bucket.write(name, new TextEncoder().encode(`${await sha256(new TextEncoder().encode(json))}${json}`));
}

export function readVersion(bucket: Bucket, id: string): Promise<VersionRecord | undefined> {
  return readRecord<VersionRecord>(bucket, versionName(id));
}

export function readModel(bucket: Bucket): Promise<ModelRecord | undefined> {
  return readRecord<ModelRecord>(bucket, MODEL_RECORD);
}

/** Undefined if the record is missing or damaged. */
async function readRecord<T>(bucket: Bucket, name: string): Promise<T | undefined> {
  const bytes = await bucket.read(name);
  if (bytes === undefined || bytes.length < 64) return undefined;
  const json = bytes.subarray(64);
  if (new TextDecoder().decode(bytes.subarray(0, 64)) !== (await sha256(json))) return undefined;
  return JSON.parse(new TextDecoder().decode(json)) as T;
}
