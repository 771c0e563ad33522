/** Opens a model from its location: through a depot, which keeps its files and fetches what is missing. */
import { SttError, type SttErrorCode } from '../errors.js';
import type { ModelLocation } from '../protocol/model.js';
import type { ModelCache, DeliveryProgress, ModelCacheOptions, FileWanted } from '../download/types.js';
import { openModelCache } from '../download/model-cache.js';
import { listModels } from '../download/installed.js';
import { memoryStore } from '../download/memory-store.js';
import type { Store } from '../download/store.js';
import { keyOf, locate, type Shelves } from './locate/locate.js';
import { openPlan, type Opener } from './locate/open-plan.js';
import { filesOf, type Plan } from './locate/plan.js';
import { withPauseHeads } from './locate/pause-head-source.js';
import type { Model } from './model.js';

export interface OpenOptions extends Omit<ModelCacheOptions, 'store' | 'admit'> {
  /** Default: one of its own, in memory. */
  readonly store?: Store;
  readonly onProgress?: (progress: DeliveryProgress) => void;
  /**
   * Called with the bytes that the model's files are known to have in all, each time before anything of one is
   * downloaded. What it throws, the promise rejects with.
   */
  readonly admit?: (bytes: number, layout: Plan['layout']) => void;
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
  let plan: Plan | undefined;
  // What is opened to find the plan is not the model.
  const depot = openModelCache(key, { ...rest, store, admit: (bytes) => plan && admit?.(bytes, plan.layout) });
  options.onBegin?.(depot);
  try {
    plan = await locate(location, await shelvesOf(store, depot), options);
    depot.expect(filesOf(plan));
    const model = await openOfOneDeployment(plan, depot, {
      open: (file) => depot.open(file),
      withSparse: (file, use) => withPauseHeads(file, use, depot, { ...rest, store }),
    });
    await depot.commit();
    return {
      ...model,
      // The store may also fail later, when the tensors are read.
      get notes() {
        const notKept = depot.whyNotKept;
        return notKept === undefined ? model.notes : { ...model.notes, notKept };
      },
    };
  } catch (cause) {
    if (isNoModel(cause)) await depot.distrust();
    throw cause;
  } finally {
    depot.close();
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
async function openOfOneDeployment(plan: Plan, depot: ModelCache, files: Opener): Promise<Model> {
  for (let again = false; ; again = true) {
    const [opened] = await Promise.allSettled([openPlan(plan, files)]);
    const isWhole = opened.status === 'fulfilled' || isNoModel(opened.reason);
    const replaced = isWhole ? await depot.evictReplaced() : [];
    if (replaced.length > 0 && again)
      throw new SttError('network', `${depot.key}: ${replaced.join(', ')} was replaced on its server, again and again`);
    if (replaced.length > 0) continue;
    if (opened.status === 'rejected') throw opened.reason;
    return opened.value;
  }
}

/** What is known of a location's files without asking anyone. */
export async function shelvesOf(store: Store, depot: ModelCache): Promise<Shelves> {
  const installed = (await listModels(store)).find(({ key }) => key === depot.key);
  return {
    installed: installed?.complete === true ? installed.files : [],
    begun: async (file: FileWanted) => (await depot.survey([file])).storedBytes > 0,
    open: (file) => depot.open(file),
  };
}
