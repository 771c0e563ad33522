/** Opens a model on disk, for Node: a folder in the official layout, or one GGUF of ours. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { SttError } from '../errors.js';
import { openModel } from '../model/open-model.js';
import type { OpenedModel } from '../model/opened-model.js';
import { nodeFileSource } from './node-file-source.js';

/** A folder that holds config.json and the files it names. */
export async function openModelFromDirectory(directory: string): Promise<OpenedModel> {
  return openModel({
    name: basename(resolve(directory)),
    config: await nodeFileSource(join(directory, 'config.json')),
    open: (name) => nodeFileSource(join(directory, name)),
  });
}

/** A folder in the official layout or a `.gguf` file. Rejects with `model-invalid` where there is neither. */
export async function openModelFromPath(path: string): Promise<OpenedModel> {
  const found = await stat(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'model-invalid');
  });
  return found.isDirectory() ? openModelFromDirectory(path) : openModel({ gguf: await nodeFileSource(path) });
}
