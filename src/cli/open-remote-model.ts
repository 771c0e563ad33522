/** Opens a model by its name, repository or URL, as a page does; its files are downloaded once, into a folder. */
import { MODEL_NAMES } from '../client/model-registry.js';
import { locateModel } from '../client/model-location.js';
import type { DownloadProgress } from '../download/types.js';
import type { Model } from '../model/model.js';
import { openModelFromUrl } from '../model/open-model-url.js';
import { HUB } from '../protocol/urls.js';
import { folderStore } from './folder-store.js';

/** Attempts without progress after which a download fails: some seconds, because a command can be run again and resumes. */
const ATTEMPTS = 4;

export interface RemoteModelOptions {
  /** The URL of a mirror of the hub; default: the hub. */
  readonly hub?: string | undefined;
  /** Where downloaded files are stored. */
  readonly folder: string;
  readonly onProgress?: (progress: DownloadProgress) => void;
}

/** Whether `model`, which is no path on this machine, has the form of a name, `owner/repo[@revision]` or a URL. */
export function isRemoteModel(model: string): boolean {
  return MODEL_NAMES.includes(model) || /^https?:/i.test(model) || /^[\w-][\w.-]*\/[\w-][\w.-]*(@.+)?$/.test(model);
}

/** Rejects with `invalid-argument`, `network`, `quota`, `integrity`, `model-invalid` or `model-mismatch`. */
export function openRemoteModel(model: string, { hub, folder, onProgress }: RemoteModelOptions): Promise<Model> {
  return openModelFromUrl(locateModel(model, HUB, hub), {
    store: folderStore(folder),
    attempts: ATTEMPTS,
    fetch: explainingFetch,
    environment: { fetch: explainingFetch },
    ...(onProgress && { onProgress }),
  });
}

/** `fetch` with the reason in its message: Node's says "fetch failed" and has the reason in `cause`. */
const explainingFetch: typeof fetch = async (input, init) => {
  try {
    return await fetch(input, init);
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (!(cause instanceof Error)) throw error;
    // An AggregateError of several addresses has no message.
    const reason = cause.message || (cause as NodeJS.ErrnoException).code;
    throw new TypeError(`the server cannot be reached: ${reason}`, { cause });
  }
};
