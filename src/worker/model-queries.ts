/** Answers queries about models: checks availability, installs, uninstalls and lists them. */
import { surveyBackends, type WhyNot } from '../engine/auto-backend.js';
import { predict } from '../engine/probe/predict.js';
import type { RemoteFile } from '../download/types.js';
import { idOf } from '../download/cache-index.js';
import type { Store } from '../download/store.js';
import { openModelCache } from '../download/model-cache.js';
import { listModels, removeModel } from '../download/installed.js';
import { askBytes, isOfRepo, keyOf, locate } from '../model/locate/locate.js';
import { filesOf, type FileSet } from '../model/locate/file-set.js';
import { openModelFromUrl, storedFilesOf } from '../model/open-model-url.js';
import { SttError } from '../errors.js';
import { downloadLockPrefix } from '../protocol/lock-names.js';
import type { Backend, ModelLocation, ThreeFiles } from '../protocol/model.js';
import type { Availability, ModelQuery } from '../protocol/queries.js';
import { supportedBuilds } from '../wasm/host.js';
import { reservable, type CreateMemory } from '../wasm/reserve.js';
import { firstOf, judge, type Facts } from './availability.js';
import { downloadOf } from './download-progress.js';
import type { QueryHandler } from './query-port.js';
import { memoryCheck, memoryNeeded } from './memory-check.js';
import { helpersHere } from './threads.js';
import { threadStore } from './thread-store.js';

type QueryOf<W extends ModelQuery['what']> = Extract<ModelQuery, { readonly what: W }>;

/** Facts about the machine, from `navigator`. */
interface Thread {
  readonly onLine?: boolean;
  /** GiB, rounded; undefined in some browsers. */
  readonly deviceMemory?: number;
  readonly locks?: Pick<LockManager, 'query'>;
}

/** Dependencies that tests replace. */
export interface ModelQueriesOptions {
  readonly store?: () => Promise<Store>;
  readonly supportedBuilds?: typeof supportedBuilds;
  readonly whyNot?: WhyNot;
  readonly predict?: typeof predict;
  readonly thread?: Thread;
  readonly createMemory?: CreateMemory;
  readonly fetch?: typeof fetch;
}

export function handleModelQueries(options: ModelQueriesOptions = {}): QueryHandler {
  const store = options.store ?? threadStore;
  return async (query, report, signal) => {
    switch (query.what) {
      case 'available':
        return { what: 'available', availability: await isAvailable(query, await store(), options, signal) };
      case 'install': {
        const onProgress = (delivery: Parameters<typeof downloadOf>[0]): void => report(downloadOf(delivery));
        const { runnable } = await surveyBackends('auto', options.whyNot);
        const admit = memoryCheck(query.model, firstOf(runnable), options.createMemory);
        await openModelFromUrl(query.model, { store: await store(), onProgress, signal, admit });
        return { what: 'install' };
      }
      case 'uninstall':
        await removeModel(await store(), keyOf(query.model));
        return { what: 'uninstall' };
      case 'installed': {
        const models = await listModels(await store());
        return {
          what: 'installed',
          models: models.map(({ key, bytes, complete }) => ({ model: key, storedBytes: bytes, complete })),
        };
      }
    }
  };
}

async function isAvailable(
  query: QueryOf<'available'>,
  store: Store,
  options: ModelQueriesOptions,
  signal: AbortSignal,
): Promise<Availability> {
  const { model, backend: wanted } = query;
  const thread: Thread = options.thread ?? navigator;
  const [stored, survey, freeBytes, downloading] = await Promise.all([
    findStored(query, store, options, signal),
    surveyBackends(wanted, options.whyNot),
    store.freeBytes(),
    isDownloading(model, store, thread),
  ]);
  const builds = await (options.supportedBuilds ?? supportedBuilds)();
  const { layout, ...known } = stored;
  const memoryOn = (backend: Backend): Facts['memory'] => {
    const needed = memoryNeeded(model, backend, known.bytes, layout);
    return builds.length === 0 || needed === undefined
      ? undefined
      : { needed, got: reservable(needed, options.createMemory) };
  };
  const tried = firstOf(survey.runnable);
  const facts: Facts = {
    ...survey,
    builds,
    memoryGiB: thread.deviceMemory,
    online: thread.onLine !== false,
    downloading,
    freeBytes,
    notKept: store.whyNotPersistent,
    predicted: undefined,
    memory: memoryOn(tried),
    ...known,
  };
  signal.throwIfAborted();
  const first = judge(facts);
  if (!query.probe || first.status === 'unavailable') return first;
  const predicted = await (options.predict ?? predict)(
    wanted === 'auto',
    survey.runnable,
    {
      name: 'hub' in model ? undefined : model.name,
      bytes: known.bytes,
    },
    helpersHere(),
  );
  return judge({
    ...facts,
    predicted,
    // Memory is reserved only once for the same backend.
    ...(predicted && predicted.backend !== tried && { memory: memoryOn(predicted.backend) }),
    ...(predicted?.whyNot !== undefined && { whyNot: predicted.whyNot }),
  });
}

interface Stored extends Pick<Facts, 'bytes' | 'storedBytes' | 'complete' | 'unreachable'> {
  readonly layout?: FileSet['layout'];
}

/** Looks in the store first, and asks the server only if neither the store nor the model's name gives the size. */
async function findStored(
  { model: location, bytes: known, network }: QueryOf<'available'>,
  store: Store,
  { fetch }: ModelQueriesOptions,
  signal: AbortSignal,
): Promise<Stored> {
  let common = { storedBytes: 0, complete: false, unreachable: undefined };
  const cache = openModelCache(keyOf(location), { store, signal });
  try {
    const installed = (await listModels(store)).find(({ key }) => key === cache.key);
    const storedBytes = installed?.bytes ?? 0;
    if (installed?.complete === true && (await isWanted(location, installed.files)))
      return {
        ...{ bytes: storedBytes, storedBytes, complete: true, unreachable: undefined },
        ...(installed.files.some(({ url }) => /\/config\.json$/.test(new URL(url).pathname)) && { layout: 'official' }),
      };
    common = { ...common, storedBytes };
    if (known !== undefined || !network) return { ...common, bytes: known };
    const ask = { signal, ...(fetch && { fetch }) };
    const plan = await locate(location, await storedFilesOf(store, cache), ask);
    const { totalBytes } = await cache.storageStatus(filesOf(plan));
    return { ...common, bytes: totalBytes ?? (await askBytes(plan, ask)), layout: plan.layout };
  } catch (cause) {
    signal.throwIfAborted();
    const { message } = SttError.from(cause, 'The files of the model could not be located');
    return { ...common, bytes: undefined, unreachable: message };
  } finally {
    cache.close();
  }
}

/** Whether the installed files match the location: a newer package may pin another version. */
async function isWanted(location: ModelLocation, files: readonly RemoteFile[]): Promise<boolean> {
  if ('hub' in location) return isOfRepo(files, location);
  const ids = new Set(await Promise.all(files.map(idOf)));
  if ('url' in location) {
    const { url, bytes, sha256 } = location;
    if (sha256 === undefined || bytes === undefined) return true;
    return ids.has(await idOf({ url, bytes, sha256 }));
  }
  for (let each: ThreeFiles | undefined = location; each; each = each.otherwise) {
    const wanted = await Promise.all([each.gguf, each.mimi, each.tokenizer].map((url) => idOf({ url })));
    if (wanted.every((id) => ids.has(id))) return true;
  }
  return false;
}

/** A running download holds a lock with the model's name, in any tab. */
async function isDownloading(location: ModelLocation, { kind }: Store, { locks }: Thread): Promise<boolean> {
  const { held = [] } = (await locks?.query().catch(() => undefined)) ?? {};
  return held.some(({ name }) => name?.startsWith(downloadLockPrefix(kind, keyOf(location))));
}
