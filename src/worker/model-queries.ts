/** Answers what pages ask about models: whether one runs here, what is kept of it, and that it be brought or evicted. */
import { surveyBackends, type WhyNot } from '../engine/auto-backend.js';
import { predict } from '../engine/probe/predict.js';
import type { RemoteFile } from '../download/types.js';
import { idOf } from '../download/cache-index.js';
import type { Store } from '../download/store.js';
import { openModelCache } from '../download/model-cache.js';
import { listModels, removeModel } from '../download/installed.js';
import { askBytes, isOfRevision, keyOf, locate } from '../model/locate/locate.js';
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
import type { Answerer } from './query-port.js';
import { memoryCheck, memoryNeeded } from './memory-check.js';
import { threadStore } from './thread-store.js';

type Question<W extends ModelQuery['what']> = Extract<ModelQuery, { readonly what: W }>;

/** What a thread says of its machine. */
interface Thread {
  readonly onLine?: boolean;
  /** GiB, rounded; not every browser says. */
  readonly deviceMemory?: number;
  readonly locks?: Pick<LockManager, 'query'>;
}

/** What the desk needs; a test brings its own. */
export interface ModelQueriesOptions {
  readonly store?: () => Promise<Store>;
  readonly supportedBuilds?: typeof supportedBuilds;
  readonly whyNot?: WhyNot;
  readonly predict?: typeof predict;
  readonly thread?: Thread;
  readonly createMemory?: CreateMemory;
  readonly fetch?: typeof fetch;
}

export function answerModelQueries(options: ModelQueriesOptions = {}): Answerer {
  const store = options.store ?? threadStore;
  return async (question, report, signal) => {
    switch (question.what) {
      case 'available':
        return { what: 'available', availability: await isAvailable(question, await store(), options, signal) };
      case 'install': {
        const onProgress = (delivery: Parameters<typeof downloadOf>[0]): void => report(downloadOf(delivery));
        const { runnable } = await surveyBackends('auto', options.whyNot);
        const admit = memoryCheck(question.model, firstOf(runnable), options.createMemory);
        await openModelFromUrl(question.model, { store: await store(), onProgress, signal, admit });
        return { what: 'install' };
      }
      case 'uninstall':
        await removeModel(await store(), keyOf(question.model));
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
  question: Question<'available'>,
  store: Store,
  options: ModelQueriesOptions,
  signal: AbortSignal,
): Promise<Availability> {
  const { model, backend: wanted } = question;
  const thread: Thread = options.thread ?? navigator;
  const [kept, survey, freeBytes, downloading] = await Promise.all([
    whatIsKept(question, store, options, signal),
    surveyBackends(wanted, options.whyNot),
    store.freeBytes(),
    isDownloading(model, store, thread),
  ]);
  const builds = await (options.supportedBuilds ?? supportedBuilds)();
  const { layout, ...known } = kept;
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
  if (!question.probe || first.status === 'unavailable') return first;
  const predicted = await (options.predict ?? predict)(wanted === 'auto', survey.runnable);
  return judge({
    ...facts,
    predicted,
    // Reserving is not repeated for the same backend.
    ...(predicted && predicted.backend !== tried && { memory: memoryOn(predicted.backend) }),
    ...(predicted?.whyNot !== undefined && { whyNot: predicted.whyNot }),
  });
}

interface Kept extends Pick<Facts, 'bytes' | 'storedBytes' | 'complete' | 'unreachable'> {
  readonly layout?: FileSet['layout'];
}

/** The store is asked first; a server only where neither it nor the model's name tells the size. */
async function whatIsKept(
  { model: location, bytes: known, network }: Question<'available'>,
  store: Store,
  { fetch }: ModelQueriesOptions,
  signal: AbortSignal,
): Promise<Kept> {
  let common = { storedBytes: 0, complete: false, unreachable: undefined };
  const depot = openModelCache(keyOf(location), { store, signal });
  try {
    const installed = (await listModels(store)).find(({ key }) => key === depot.key);
    const storedBytes = installed?.bytes ?? 0;
    if (installed?.complete === true && (await isWanted(location, installed.files)))
      return {
        ...{ bytes: storedBytes, storedBytes, complete: true, unreachable: undefined },
        ...(installed.files.some(({ url }) => /\/config\.json$/.test(new URL(url).pathname)) && { layout: 'official' }),
      };
    common = { ...common, storedBytes };
    if (known !== undefined || !network) return { ...common, bytes: known };
    const ask = { signal, ...(fetch && { fetch }) };
    const plan = await locate(location, await storedFilesOf(store, depot), ask);
    const { totalBytes } = await depot.storageStatus(filesOf(plan));
    return { ...common, bytes: totalBytes ?? (await askBytes(plan, ask)), layout: plan.layout };
  } catch (cause) {
    signal.throwIfAborted();
    const { message } = SttError.from(cause, 'The files of the model cannot be found out');
    return { ...common, bytes: undefined, unreachable: message };
  } finally {
    depot.close();
  }
}

/** Whether what is installed under a location's key is what it means today: a newer package may pin another version. */
async function isWanted(location: ModelLocation, files: readonly RemoteFile[]): Promise<boolean> {
  if ('hub' in location) return isOfRevision(files, location.revision);
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

/** Whoever downloads, in this tab or another, holds a lock by the model's name. */
async function isDownloading(location: ModelLocation, { kind }: Store, { locks }: Thread): Promise<boolean> {
  const { held = [] } = (await locks?.query().catch(() => undefined)) ?? {};
  return held.some(({ name }) => name?.startsWith(downloadLockPrefix(kind, keyOf(location))));
}
