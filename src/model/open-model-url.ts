/** Opens a model from its location: through a depot, which keeps its files and fetches what is missing. */
import { SttError, type SttErrorCode } from '../errors.js';
import type { ModelLocation } from '../protocol/model.js';
import type { ModelCache, DownloadProgress, ModelCacheOptions, RemoteFile } from '../download/types.js';
import { openModelCache } from '../download/model-cache.js';
import { listModels } from '../download/installed.js';
import { memoryStore } from '../download/memory-store.js';
import type { Store } from '../download/store.js';
import { keyOf, locate, type StoredFiles } from './locate/locate.js';
import { openFileSet, type FileOpener } from './locate/open-file-set.js';
import { filesOf, type FileSet } from './locate/file-set.js';
import { withPauseHeads } from './locate/pause-head-source.js';
import type { Model } from './model.js';

export interface OpenOptions extends Omit<ModelCacheOptions, 'store' | 'admit'> {
  /** Default: one of its own, in memory. */
  readonly store?: Store;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /**
   * Called with the bytes that the model's files are known to have in all, each time before anything of one is
   * downloaded. What it throws, the promise rejects with.
   */
  readonly admit?: (bytes: number, layout: FileSet['layout']) => void;
  /** Told of what may be held on its way, before anything is asked for. */
  readonly onBegin?: (download: Pick<ModelCache, 'pause' | 'resume'>) => void;
}

/**
 * Resolves once every file is in the store and the model in them is checked; its tensors are read from there. What was
 * installed before is opened without a request. Rejects with `network`, `quota`, `integrity`, `model-invalid`,
 * `model-mismatch`, `invalid-argument`, an AbortError, or what `admit` throws; what has arrived stays in the
 * store, unless it was taken on trust and turns out to make no model.
 */
export async function openModelFromUrl(location: ModelLocation, options: OpenOptions = {}): Promise<Model> {
  const { store = memoryStore('no store was provided'), admit, ...rest } = options;
  const key = keyOf(location);
  let fileSet: FileSet | undefined;
  // What is opened to find the plan is not the model.
  const cache = openModelCache(key, { ...rest, store, admit: (bytes) => fileSet && admit?.(bytes, fileSet.layout) });
  options.onBegin?.(cache);
  try {
    fileSet = await locate(location, await storedFilesOf(store, cache), options);
    cache.expect(filesOf(fileSet));
    const model = await openFromOneDeployment(fileSet, cache, {
      open: (file) => cache.open(file),
      withSparse: (file, use) => withPauseHeads(file, use, cache, { ...rest, store }),
    });
    await cache.commit();
    return {
      ...model,
      // The store may also fail later, when the tensors are read.
      get notes() {
        const notKept = cache.whyNotPersistent;
        return notKept === undefined ? model.notes : { ...model.notes, notKept };
      },
    };
  } catch (cause) {
    if (isNoModel(cause)) await cache.evictUnverified();
    throw cause;
  } finally {
    cache.close();
  }
}

/** What says that files are here but make no model: one that came without hashes may be at fault. */
const NO_MODEL: ReadonlySet<SttErrorCode> = new Set([
  'model-invalid',
  'model-mismatch',
  'tokenizer-invalid',
  'integrity',
]);

function isNoModel(cause: unknown): boolean {
  return cause instanceof SttError && NO_MODEL.has(cause.code);
}

/**
 * Files without hashes that came on different days may come from different deployments: they can fail together, or worse,
 * load. So before a model counts, servers are asked whether they still have what is here of it.
 */
async function openFromOneDeployment(fileSet: FileSet, cache: ModelCache, files: FileOpener): Promise<Model> {
  for (let again = false; ; again = true) {
    const [opened] = await Promise.allSettled([openFileSet(fileSet, files)]);
    const isWhole = opened.status === 'fulfilled' || isNoModel(opened.reason);
    const replaced = isWhole ? await cache.evictReplaced() : [];
    if (replaced.length > 0 && again)
      throw new SttError('network', `${cache.key}: ${replaced.join(', ')} was replaced on its server, again and again`);
    if (replaced.length > 0) continue;
    if (opened.status === 'rejected') throw opened.reason;
    return opened.value;
  }
}

/** What is known of a location's files without asking anyone. */
export async function storedFilesOf(store: Store, cache: ModelCache): Promise<StoredFiles> {
  const installed = (await listModels(store)).find(({ key }) => key === cache.key);
  return {
    installed: installed?.complete === true ? installed.files : [],
    isBegun: async (file: RemoteFile) => (await cache.storageStatus([file])).storedBytes > 0,
    open: (file) => cache.open(file),
  };
}
