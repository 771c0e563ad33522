/** Opens a model from its address: a GGUF, a folder in the official layout, or the third-party triple. */
import type { ModelLocation } from '../protocol/messages.js';
import type { ByteSource } from './byte-source.js';
import type { FileWanted } from './delivery/contract.js';
import { locate } from './locate/locate.js';
import { openPlan } from './locate/open-plan.js';
import type { Model } from './model.js';
import { downloadSource } from './sources/download.js';
import { httpRangeSource } from './sources/http-range.js';
import type { DownloadOptions } from './sources/request.js';

type Download = (url: string) => Promise<ByteSource>;

/**
 * Downloads every file into memory, side by side, and opens the model. `onProgress` sums over the files, so its
 * total grows until each server has named its size. Rejects with `network`, `model-invalid`, `model-mismatch`, or an
 * AbortError; whatever is still being downloaded then is cancelled.
 */
export async function openModelFromUrl(location: ModelLocation, options: DownloadOptions = {}): Promise<Model> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (options.signal?.aborted === true) abort();
  options.signal?.addEventListener('abort', abort, { once: true });
  const progress = sumProgress(options.onProgress);
  const download: Download = (url) =>
    downloadSource(url, { ...options, signal: controller.signal, onProgress: progress() });
  try {
    const open = ({ url }: FileWanted): Promise<ByteSource> => download(url);
    const plan = await locate(location, { known: [], open }, { signal: controller.signal });
    const ranges = ({ url }: FileWanted): Promise<ByteSource> => httpRangeSource(url, { signal: controller.signal });
    return await openPlan(plan, { open, openSparse: ranges });
  } catch (cause) {
    abort();
    throw cause;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

/** A progress callback for each file, which together report the sums. */
function sumProgress(report: DownloadOptions['onProgress']): () => (loaded: number, total: number) => void {
  const files: { loaded: number; total: number }[] = [];
  return () => {
    const file = { loaded: 0, total: 0 };
    files.push(file);
    return (loaded, total) => {
      file.loaded = loaded;
      file.total = total;
      report?.(
        files.reduce((sum, each) => sum + each.loaded, 0),
        files.reduce((sum, each) => sum + each.total, 0),
      );
    };
  };
}
