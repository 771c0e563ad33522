/** Opens the files of a set in parallel, and the model in them. */
import type { ByteSource } from '../../bytes/byte-source.js';
import type { RemoteFile } from '../../download/types.js';
import type { Model } from '../model.js';
import { openModel } from '../open-model.js';
import type { HeadSource } from '../pause-heads-overlay.js';
import type { FileSet } from './file-set.js';

/** A source of files, such as a model cache. */
export interface FileOpener {
  open(file: RemoteFile): Promise<ByteSource>;
  /** Opens the file for the duration of `use`; downloads only what `use` reads. */
  withSparse<T>(file: RemoteFile, use: (source: ByteSource) => Promise<T>): Promise<T>;
}

/** Rejects with `model-invalid`, `model-mismatch`, or the errors of `files`. */
export async function openFileSet(fileSet: FileSet, files: FileOpener): Promise<Model> {
  switch (fileSet.layout) {
    case 'single': {
      const [gguf, ...shards] = await openAll(fileSet.gguf, files);
      return openModel({ gguf, shards });
    }
    case 'official': {
      const { name, beside } = fileSet;
      return openModel({ name, config: await files.open(fileSet.config), open: (file) => files.open(beside(file)) });
    }
    case 'triple': {
      const open = (file: RemoteFile): Promise<ByteSource> => files.open(file);
      const optional = (file?: RemoteFile): Promise<ByteSource | undefined> => Promise.resolve(file && open(file));
      const [gguf, mimi, tokenizer, mimiConfig, config] = await Promise.all([
        ...([open(fileSet.gguf), open(fileSet.mimi), open(fileSet.tokenizer)] as const),
        ...([optional(fileSet.mimiConfig), optional(fileSet.config)] as const),
      ]);
      const pauseHeads = fileSet.pauseHeads.map(
        (file): HeadSource =>
          (use) =>
            files.withSparse(file, use),
      );
      return openModel({ gguf, mimi, tokenizer, pauseHeads, config, ...(mimiConfig && { mimiConfig }) });
    }
  }
}

async function openAll(
  wanted: readonly [RemoteFile, ...RemoteFile[]],
  files: FileOpener,
): Promise<[ByteSource, ...ByteSource[]]> {
  const [first, ...rest] = wanted;
  return Promise.all([files.open(first), ...rest.map((file) => files.open(file))]);
}
