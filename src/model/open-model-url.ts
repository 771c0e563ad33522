/** Opens a model from its location, through the model cache, which downloads and stores its files. */
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
  /** For the requests that find the files; `environment.fetch` downloads them. */
  readonly fetch?: typeof fetch;
  /** Default: a new one in memory. */
  readonly store?: Store;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /**
   * Called with the known bytes of the model's files before each download. The promise rejects with what it throws.
   */
  readonly admit?: (bytes: number, layout: FileSet['layout']) => void;
  /** Called before the first request with the download, which can be paused and resumed. */
  readonly onBegin?: (download: Pick<ModelCache, 'pause' | 'resume'>) => void;
}

/**
 * Resolves once every file is in the store and the model is checked; its tensors are read from there. An installed model
 * is opened without a request. Rejects with `network`, `quota`, `integrity`, `model-invalid`, `model-mismatch`,
 * `invalid-argument`, an AbortError, or what `admit` throws. Downloaded chunks stay in the store, except those of files
 * without hashes that turn out to form no model.
 */
export async function openModelFromUrl(location: ModelLocation, options: OpenOptions = {}): Promise<Model> {
  const { store = memoryStore('no store was provided'), admit, ...rest } = options;
  const key = keyOf(location);
  let fileSet: FileSet | undefined;
  // Files opened to find the file set, such as a manifest, are not part of the model.
  const cache = openModelCache(key, { ...rest, store, admit: (bytes) => fileSet && admit?.(bytes, fileSet.layout) });
  options.onBegin?.(cache);
  try {
    fileSet = await locate(location, await storedFilesOf(store, cache), options);
    cache.expect(filesOf(fileSet));
    const instead = fileSet.layout === 'triple' ? fileSet.instead : undefined;
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
        return {
          ...model.notes,
          ...(instead !== undefined && { instead }),
          ...(notKept !== undefined && { notKept }),
        };
      },
    };
  } catch (cause) {
    if (isNoModel(cause)) await cache.evictUnverified();
    throw cause;
  } finally {
    cache.close();
  }
}

/** Errors of complete files that form no model: a file without hashes may be damaged. */
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
 * Files without hashes that were downloaded on different days may come from different deployments, which can fail together,
 * or load and give wrong results. So before a model is committed, its files are checked against their servers.
 */
async function openFromOneDeployment(fileSet: FileSet, cache: ModelCache, files: FileOpener): Promise<Model> {
  for (let again = false; ; again = true) {
    const [opened] = await Promise.allSettled([openFileSet(fileSet, files)]);
    const isWhole = opened.status === 'fulfilled' || isNoModel(opened.reason);
    const replaced = isWhole ? await cache.evictReplaced() : [];
    if (replaced.length > 0 && again)
      throw new SttError('network', `${cache.key}: ${replaced.join(', ')} was replaced on its server repeatedly`);
    if (replaced.length > 0) continue;
    if (opened.status === 'rejected') throw opened.reason;
    return opened.value;
  }
}

/** What the store holds of a location's files. */
export async function storedFilesOf(store: Store, cache: ModelCache): Promise<StoredFiles> {
  const installed = (await listModels(store)).find(({ key }) => key === cache.key);
  return {
    installed: installed?.complete === true ? installed.files : [],
    isBegun: async (file: RemoteFile) => (await cache.storageStatus([file])).storedBytes > 0,
    open: (file) => cache.open(file),
  };
}
