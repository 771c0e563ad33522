/** Finds the files of a model on disk and their roles: the files that a mirror has to serve. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SttError } from '../errors.js';
import type { Role } from '../download/manifest.js';
import { shardNames } from '../model/gguf-shards.js';
import { needsCompanions, needsConfig, openModel } from '../model/open-model.js';
import { nodeFileSource } from './node-file-source.js';
import { ggufOfFolder, PAUSE_HEADS, pauseHeadsIn } from './open-model-from-path.js';

export interface FileOfModel {
  /** Undefined for a file that another one names. */
  readonly role: Role | undefined;
  readonly path: string;
}

/**
 * The files of the model at `paths`: a folder in the official layout, a GGUF of ours or the first of its shards, a folder
 * with one of these, or the public GGUF of the language model, with its codec and tokenizer named after it or beside it,
 * and perhaps the checkpoint its pause heads are read from.
 * In the order their roles are read. All are opened as a page opens them, so that a manifest never describes a model
 * that does not load. Rejects with the reason it would not load, or `invalid-argument` if there is no model.
 */
export async function filesOfModel(paths: readonly [string, ...string[]]): Promise<readonly FileOfModel[]> {
  const [path, ...companions] = paths;
  const names = await namesIn(path);
  if (names === undefined) return filesOfGguf(path, companions);
  if (companions.length > 0)
    throw new SttError(
      'invalid-argument',
      `${path} is a folder; found also ${companions.join(', ')}, expected the folder only`,
    );
  if (names.includes('config.json')) {
    const gguf = await ggufOfFolder(path);
    return gguf === undefined ? filesOfFolder(path) : filesOfGguf(gguf, []);
  }
  const models = names.filter((name) => /\.gguf$/i.test(name) && !/-(?!00001)\d{5}-of-\d{5}\.gguf$/i.test(name));
  const [model, ...others] = models;
  if (model !== undefined && others.length === 0) return filesOfGguf(join(path, model), []);
  const found = models.length === 0 ? 'neither a config.json nor a .gguf' : models.join(', ');
  throw new SttError('invalid-argument', `${path}: found ${found}, expected one model`);
}

/** The names in a folder, sorted; undefined for a file. */
async function namesIn(path: string): Promise<string[] | undefined> {
  const found = await stat(path).catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  return found.isDirectory() ? (await readdir(path)).sort() : undefined;
}

async function filesOfFolder(folder: string): Promise<FileOfModel[]> {
  // config.json names the other files; opening the model requests them.
  const asked: string[] = [];
  await openModel({
    name: basename(resolve(folder)),
    config: await nodeFileSource(join(folder, 'config.json')),
    open: async (name) => {
      const source = await nodeFileSource(join(folder, name));
      asked.push(name);
      return source;
    },
  });
  return [
    { role: 'config', path: join(folder, 'config.json') },
    ...asked.map((name) => ({ role: undefined, path: join(folder, name) })),
  ];
}

async function filesOfGguf(path: string, companions: readonly string[]): Promise<FileOfModel[]> {
  const folder = dirname(path);
  const shards = (shardNames(basename(path)) ?? [basename(path)]).map((name) => join(folder, name));
  const [gguf, ...further] = await Promise.all(shards.map(nodeFileSource));
  if (gguf === undefined) throw new SttError('invalid-argument', `${path}: no file`);
  const parts = shards.map((shard): FileOfModel => ({ role: 'gguf', path: shard }));
  if (further.length > 0 || !(await needsCompanions(gguf))) {
    if (companions.length > 0)
      throw new SttError('invalid-argument', `${path} holds a complete model; ${companions.join(', ')} is not needed`);
    await openModel({ gguf, shards: further });
    return parts;
  }
  const candidates =
    companions.length > 0 ? companions : ((await namesIn(folder)) ?? []).map((name) => join(folder, name));
  const find = (pattern: RegExp): string | undefined => candidates.find((each) => pattern.test(basename(each)));
  const mimi = need(path, 'codec (mimi*.safetensors)', find(/^mimi.*\.safetensors$/));
  const tokenizer = need(path, 'tokenizer (tokenizer*.model)', find(/^tokenizer.*\.model$/));
  const mimiConfig = find(/^mimi_config\.json$/);
  const config = (await needsConfig(gguf)) ? find(/^config\.json$/) : undefined;
  // Another checkpoint among the arguments is the source of the pause heads.
  const pauseHeads = find(companions.length > 0 ? /^(?!mimi).*\.safetensors$/ : PAUSE_HEADS);
  const { notes } = await openModel({
    gguf,
    mimi: await nodeFileSource(mimi),
    tokenizer: await nodeFileSource(tokenizer),
    ...(mimiConfig === undefined ? {} : { mimiConfig: await nodeFileSource(mimiConfig) }),
    ...(config === undefined ? {} : { config: await nodeFileSource(config) }),
    pauseHeads: pauseHeadsIn(pauseHeads),
  });
  if (notes?.pauseHeadsMissing !== undefined) throw new SttError('model-mismatch', notes.pauseHeadsMissing);
  return [
    ...parts,
    { role: 'mimi', path: mimi },
    { role: 'tokenizer', path: tokenizer },
    ...(mimiConfig === undefined ? [] : [{ role: 'mimi-config', path: mimiConfig } as const]),
    ...(config === undefined ? [] : [{ role: 'config', path: config } as const]),
    ...(pauseHeads === undefined ? [] : [{ role: 'pause-heads', path: pauseHeads } as const]),
  ];
}

function need(gguf: string, what: string, path: string | undefined): string {
  if (path !== undefined) return path;
  throw new SttError('model-mismatch', `${gguf}: holds only the language model; its folder has no ${what}`);
}
