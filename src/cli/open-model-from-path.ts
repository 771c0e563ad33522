/** Opens a model on disk, for Node: a folder in the official layout, or a GGUF with its companion files. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { shardNames } from '../model/gguf-shards.js';
import { needsCompanions, needsConfig, openModel } from '../model/open-model.js';
import type { Model } from '../model/model.js';
import { ggufIn } from '../model/locate/file-set.js';
import type { HeadSource } from '../model/pause-heads-overlay.js';
import { nodeFileSource } from './node-file-source.js';

/** A folder that holds config.json and the files it names. */
export async function openModelFromDirectory(directory: string): Promise<Model> {
  return openModel({
    name: basename(resolve(directory)),
    config: await nodeFileSource(join(directory, 'config.json')),
    open: (name) => nodeFileSource(join(directory, name)),
  });
}

/** The files that a GGUF with only the language model needs; by default those in its folder. */
export interface Companions {
  readonly mimi?: string | undefined;
  readonly tokenizer?: string | undefined;
  readonly mimiConfig?: string | undefined;
  /** A checkpoint with the pause heads, which a public GGUF lacks. */
  readonly pauseHeads?: string | undefined;
}

/** The default name of a file that only has pause heads. */
export const PAUSE_HEADS = /pause-heads.*\.safetensors$/i;

/**
 * A folder in the official layout, a GGUF of ours or the first of its shards, or the public third-party GGUF or candle's with
 * `mimi*.safetensors` and `tokenizer*.model` (and perhaps `config.json`, `mimi_config.json`, `*pause-heads*.safetensors`) in
 * the same folder, or that folder. Rejects with `model-invalid` if there is no model, and `invalid-argument` for another shard.
 */
export async function openModelFromPath(path: string, companions: Companions = {}): Promise<Model> {
  const found = await stat(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'model-invalid');
  });
  if (found.isDirectory()) {
    const model = await ggufOfFolder(path);
    return model === undefined ? openModelFromDirectory(path) : openModelFromPath(model, companions);
  }
  const [first = path, ...further] = (shardNames(basename(path)) ?? []).map((name) => join(dirname(path), name));
  const gguf = await nodeFileSource(first);
  if (further.length > 0) return openModel({ gguf, shards: await Promise.all(further.map(nodeFileSource)) });
  if (!(await needsCompanions(gguf))) return openModel({ gguf });
  const folder = dirname(path);
  const names = (await readdir(folder)).sort();
  const beside = (pattern: RegExp): string | undefined => {
    const name = names.find((each) => pattern.test(each));
    return name && join(folder, name);
  };
  const config = beside(/^config\.json$/);
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
    ...(config && (await needsConfig(gguf)) ? { config: await nodeFileSource(config) } : {}),
    pauseHeads: pauseHeadsIn(companions.pauseHeads ?? beside(PAUSE_HEADS)),
  });
}

/** The GGUF of a folder that has no other weights of a language model; undefined if it has. */
export async function ggufOfFolder(folder: string): Promise<string | undefined> {
  const names = await readdir(folder);
  if (names.some((name) => /^(?!mimi|.*pause-heads).*\.safetensors(\.index\.json)?$/.test(name))) return undefined;
  const gguf = ggufIn(names);
  return gguf && join(folder, gguf);
}

/** Opened as a page opens it: without the heads, the model loads and says so in its notes. */
export function pauseHeadsIn(path: string | undefined): readonly HeadSource[] {
  return path === undefined ? [] : [async (use) => use(await nodeFileSource(path))];
}

function companion(gguf: string, what: string, path: string | undefined): Promise<ByteSource> {
  if (path) return nodeFileSource(path);
  throw new SttError('model-mismatch', `${gguf}: holds only the language model; its folder has no ${what}`);
}
