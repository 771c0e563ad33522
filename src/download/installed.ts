/** What is in the store, without asking any server. */
import type { FileWanted, InstalledModel, Survey } from './types.js';
import { chunkName, idOf, keptOf, lengthIn, readModel, readVersion, type Version } from './cache-index.js';
import type { Bucket, Store } from './store.js';

/** Models of which anything is kept. */
export async function listModels(store: Store): Promise<InstalledModel[]> {
  const models = (await store.shelves()).map(async (key): Promise<InstalledModel[]> => {
    const shelf = await store.shelf(key);
    const [names, record] = await Promise.all([shelf.names(), readModel(shelf)]);
    // A browser that loses the entries of a cache may still list the cache.
    if (names.length === 0) return [];
    const files = record?.files ?? [];
    const complete = record !== undefined && (await surveyBucket(shelf, files)).complete;
    return [{ key, files, bytes: sumOf(names), complete }];
  });
  return (await Promise.all(models)).flat();
}

/** Evicts a model and whatever has arrived of a newer version. Nothing happens where there is none. */
export function removeModel(store: Store, key: string): Promise<void> {
  return store.remove(key);
}

export async function surveyBucket(shelf: Bucket, files: readonly FileWanted[]): Promise<Survey> {
  const surveys = await Promise.all(files.map((file) => surveyFile(shelf, file)));
  return {
    storedBytes: surveys.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    totalBytes: surveys.reduce<number | undefined>(
      (sum, { totalBytes }) => (sum === undefined || totalBytes === undefined ? undefined : sum + totalBytes),
      0,
    ),
    complete: surveys.every(({ complete }) => complete),
  };
}

async function surveyFile(shelf: Bucket, file: FileWanted): Promise<Survey> {
  const id = await idOf(file);
  const [names, version] = await Promise.all([shelf.names(), readVersion(shelf, id)]);
  const own = names.filter((name) => name.startsWith(`${id}/`));
  const storedBytes = sumOf(own);
  if (file.sparse === true) {
    // Which ranges it takes is known once the model was complete.
    const pieces = (await readModel(shelf))?.pieces.filter((name) => name.startsWith(`${id}/`)) ?? [];
    const complete = pieces.length > 0 && pieces.every((name) => own.includes(name));
    return { storedBytes, totalBytes: complete ? storedBytes : undefined, complete };
  }
  return {
    storedBytes,
    totalBytes: file.bytes ?? version?.bytes,
    complete: version !== undefined && isComplete(version, id, own),
  };
}

/** The version of a file all of whose chunks are in the store. */
export async function completeVersion(shelf: Bucket, id: string): Promise<Version | undefined> {
  const version = await readVersion(shelf, id);
  return version !== undefined && isComplete(version, id, await shelf.names()) ? version : undefined;
}

function isComplete(version: Version, id: string, names: readonly string[]): boolean {
  const { bytes, chunkBytes, edition, sha256 } = version;
  if (bytes === undefined || sha256?.length !== Math.ceil(bytes / chunkBytes)) return false;
  const here = new Set([...keptOf(names, id, edition).values()].map(({ name }) => name));
  return sha256.every((hash, i) =>
    here.has(chunkName(id, edition, i, Math.min(chunkBytes, bytes - i * chunkBytes), hash)),
  );
}

function sumOf(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + lengthIn(name), 0);
}
