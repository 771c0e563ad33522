/** Opens a model on disk, for Node: a folder in the official layout, or one GGUF of ours. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SttError } from '../errors.js';
import type { ByteSource } from '../model/byte-source.js';
import { needsCompanions, openModel } from '../model/open-model.js';
import type { Model } from '../model/model.js';
import { nodeFileSource } from './node-file-source.js';

/** A folder that holds config.json and the files it names. */
export async function openModelFromDirectory(directory: string): Promise<Model> {
  return openModel({
    name: basename(resolve(directory)),
    config: await nodeFileSource(join(directory, 'config.json')),
    open: (name) => nodeFileSource(join(directory, name)),
  });
}

/** The files a GGUF that holds only the language model needs beside it; by default those of its folder. */
export interface Companions {
  readonly mimi?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly mimiConfig?: string | undefined;
}

/**
 * A folder in the official layout, a GGUF of ours, or the public third-party GGUF with `mimi*.safetensors` and
 * `tokenizer*.model` (and perhaps `mimi_config.json`) in the same folder. Rejects with `model-invalid` where there
 * is none of them.
 */
export async function openModelFromPath(path: string, companions: Companions = {}): Promise<Model> {
  const found = await stat(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'model-invalid');
  });
  if (found.isDirectory()) return openModelFromDirectory(path);
  const gguf = await nodeFileSource(path);
  if (!(await needsCompanions(gguf))) return openModel({ gguf });
  const folder = dirname(path);
  const names = (await readdir(folder)).sort();
  const beside = (pattern: RegExp): string | undefined => {
    const name = names.find((each) => pattern.test(each));
    return name && join(folder, name);
  };
  const mimiConfig = companions.mimiConfig ?? beside(/^mimi_config\.json$/);
  return openModel({
    gguf,
    mimi: await companion(gguf.name, 'codec (mimi*.safetensors)', companions.mimi ?? beside(/^mimi.*\.safetensors$/)),
    tokenizer: await companion(
      gguf.name,
      'tokenizer (tokenizer*.model)',
      companions.tokenizer ?? beside(/^tokenizer.*\.model$/),
    ),
    ...(mimiConfig ? { mimiConfig: await nodeFileSource(mimiConfig) } : {}),
  });
}

function companion(gguf: string, what: string, path: string | undefined): Promise<ByteSource> {
  if (path) return nodeFileSource(path);
  throw new SttError('model-mismatch', `${gguf}: holds the language model alone, and its folder has no ${what}`);
}
