/** Opens the files of a plan, side by side, and the model in them. */
import type { ByteSource } from '../../bytes/byte-source.js';
import type { FileWanted } from '../../download/types.js';
import type { Model } from '../model.js';
import { openModel } from '../open-model.js';
import type { HeadSource } from '../pause-heads-overlay.js';
import type { Plan } from './plan.js';

/** Where files come from; a depot is one. */
export interface Opener {
  open(file: FileWanted): Promise<ByteSource>;
  /** Opens for as long as `use` reads, and fetches no more than that. */
  withSparse<T>(file: FileWanted, use: (source: ByteSource) => Promise<T>): Promise<T>;
}

/** Rejects with what the files' source rejects with, or `model-invalid`, `model-mismatch`. */
export async function openPlan(plan: Plan, files: Opener): Promise<Model> {
  switch (plan.layout) {
    case 'single': {
      const [gguf, ...shards] = await openAll(plan.gguf, files);
      return openModel({ gguf, shards });
    }
    case 'official': {
      const { name, beside } = plan;
      return openModel({ name, config: await files.open(plan.config), open: (file) => files.open(beside(file)) });
    }
    case 'triple': {
      const [gguf, mimi, tokenizer, mimiConfig] = await openAll(
        [plan.gguf, plan.mimi, plan.tokenizer, ...(plan.mimiConfig ? [plan.mimiConfig] : [])],
        files,
      );
      const pauseHeads = plan.pauseHeads.map(
        (file): HeadSource =>
          (use) =>
            files.withSparse(file, use),
      );
      return openModel({ gguf, mimi: mimi!, tokenizer: tokenizer!, pauseHeads, ...(mimiConfig && { mimiConfig }) });
    }
  }
}

async function openAll(
  wanted: readonly [FileWanted, ...FileWanted[]],
  files: Opener,
): Promise<[ByteSource, ...ByteSource[]]> {
  const [first, ...rest] = wanted;
  return Promise.all([files.open(first), ...rest.map((file) => files.open(file))]);
}
