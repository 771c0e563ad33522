/** Lists and removes the models in the store, and reports what it holds of a file. Makes no requests. */
import type { RemoteFile, InstalledModel, StorageStatus } from './types.js';
import {
  chunkName,
  idOf,
  cachedChunks,
  byteLengthIn,
  readModel,
  readVersion,
  type VersionRecord,
} from './cache-index.js';
import type { Bucket, Store } from './store.js';

/** The models of which the store holds anything. */
export async function listModels(store: Store): Promise<InstalledModel[]> {
  const models = (await store.bucketNames()).map(async (key): Promise<InstalledModel[]> => {
    const bucket = await store.bucket(key);
    const [names, record] = await Promise.all([bucket.names(), readModel(bucket)]);
    // Browsers that lose a cache's entries may still list the cache.
    if (names.length === 0) return [];
    const files = record?.files ?? [];
    const complete = record !== undefined && (await storageStatus(bucket, files)).complete;
    return [{ key, files, bytes: sumOf(names), complete }];
  });
  return (await Promise.all(models)).flat();
}

/** Evicts a model, including partly downloaded newer versions. Does nothing if there is none. */
export function removeModel(store: Store, key: string): Promise<void> {
  return store.remove(key);
}

export async function storageStatus(bucket: Bucket, files: readonly RemoteFile[]): Promise<StorageStatus> {
  const statuses = await Promise.all(files.map((file) => fileStatus(bucket, file)));
  return {
    storedBytes: statuses.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    totalBytes: statuses.reduce<number | undefined>(
      (sum, { totalBytes }) => (sum === undefined || totalBytes === undefined ? undefined : sum + totalBytes),
      0,
    ),
    complete: statuses.every(({ complete }) => complete),
  };
}

async function fileStatus(bucket: Bucket, file: RemoteFile): Promise<StorageStatus> {
  const id = await idOf(file);
  const [names, version] = await Promise.all([bucket.names(), readVersion(bucket, id)]);
  const own = names.filter((name) => name.startsWith(`${id}/`));
  const storedBytes = sumOf(own);
  if (file.sparse === true) {
    // The ranges of a sparse file are known once its model is installed.
    const pieces = (await readModel(bucket))?.pieces.filter((name) => name.startsWith(`${id}/`)) ?? [];
    const complete = pieces.length > 0 && pieces.every((name) => own.includes(name));
    return { storedBytes, totalBytes: complete ? storedBytes : undefined, complete };
  }
  return {
    storedBytes,
    totalBytes: file.bytes ?? version?.bytes,
    complete: version !== undefined && isComplete(version, id, own),
  };
}

/** A file's version if all its chunks are in the store. */
export async function completeVersion(bucket: Bucket, id: string): Promise<VersionRecord | undefined> {
  const version = await readVersion(bucket, id);
  return version !== undefined && isComplete(version, id, await bucket.names()) ? version : undefined;
}

function isComplete(version: VersionRecord, id: string, names: readonly string[]): boolean {
  const { bytes, chunkBytes, edition, sha256 } = version;
  if (bytes === undefined || sha256?.length !== Math.ceil(bytes / chunkBytes)) return false;
  const stored = new Set([...cachedChunks(names, id, edition).values()].map(({ name }) => name));
  return sha256.every((hash, i) =>
    stored.has(chunkName(id, edition, i, Math.min(chunkBytes, bytes - i * chunkBytes), hash)),
  );
}

function sumOf(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + byteLengthIn(name), 0);
}
