/** Opens a model from its address: a GGUF, a folder in the official layout, or the third-party triple. */
import { SttError } from '../errors.js';
import type { ModelLocation } from '../protocol/messages.js';
import type { ByteSource } from './byte-source.js';
import { openModel } from './open-model.js';
import type { Model } from './model.js';
import { downloadSource } from './sources/download.js';
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
    return await open(location, download);
  } catch (cause) {
    abort();
    throw cause;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

async function open(location: ModelLocation, download: Download): Promise<Model> {
  if ('gguf' in location) {
    const [gguf, mimi, tokenizer] = await Promise.all([
      download(location.gguf),
      download(location.mimi),
      download(location.tokenizer),
    ]);
    return openModel({ gguf, mimi, tokenizer });
  }
  const url = parse(location.url);
  if (url.pathname.endsWith('.gguf')) return openModel({ gguf: await download(url.href) });
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  // The query, such as a signature, belongs to the folder: every file in it is asked for with the same.
  const beside = (name: string): string => {
    const file = new URL(url);
    file.pathname += encodeURIComponent(name);
    return file.href;
  };
  return openModel({
    name: url.pathname.split('/').at(-2) || url.host,
    config: await download(beside('config.json')),
    open: (name) => download(beside(name)),
  });
}

function parse(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new SttError('invalid-argument', `model: ${JSON.stringify(url)} is not an absolute URL`);
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
