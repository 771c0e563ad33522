/** The set of files that form a model, determined from their names before any is opened. */
import { SttError } from '../../errors.js';
import { decodePathPart, encodePathPart } from '../../bytes/file-name.js';
import type { RemoteFile } from '../../download/types.js';
import type { Manifest, Role } from '../../download/manifest.js';
import { shardNames } from '../gguf-shards.js';

/** config.json names the files beside it. */
export interface OfficialFileSet {
  readonly layout: 'official';
  /** For messages. */
  readonly name: string;
  readonly config: RemoteFile;
  readonly beside: (name: string) => RemoteFile;
}

export type FileSet =
  /** Our own GGUF, one file or its shards in order. */
  | { readonly layout: 'single'; readonly gguf: readonly [RemoteFile, ...RemoteFile[]] }
  | OfficialFileSet
  | {
      readonly layout: 'triple';
      readonly gguf: RemoteFile;
      readonly mimi: RemoteFile;
      readonly tokenizer: RemoteFile;
      readonly mimiConfig?: RemoteFile;
      /** config.json, for a GGUF without metadata. */
      readonly config?: RemoteFile;
      /** Sparse; the first that has pause heads is used. */
      readonly pauseHeads: readonly RemoteFile[];
      /** Why these are other files than the wanted ones, in a sentence. */
      readonly instead?: string;
    };

/** The files that are known before any is read, without the optional pause heads. */
export function filesOf(fileSet: FileSet): readonly RemoteFile[] {
  switch (fileSet.layout) {
    case 'single':
      return fileSet.gguf;
    case 'official':
      return [fileSet.config];
    case 'triple':
      return [fileSet.gguf, fileSet.mimi, fileSet.tokenizer, fileSet.mimiConfig, fileSet.config].filter(
        (file) => file !== undefined,
      );
  }
}

/**
 * The GGUF to open of those in a folder: the first shard if there is one, and otherwise the first by name that is in no K-quant, which
 * no kernel multiplies.
 */
export function ggufIn(names: readonly string[]): string | undefined {
  const ggufs = names.filter((name) => /\.gguf$/i.test(name)).sort();
  const first = (pattern: RegExp): string | undefined => ggufs.find((name) => pattern.test(name));
  return first(/-00001-of-\d{5}\.gguf$/i) ?? first(/^(?!.*q\d_?k)/i) ?? ggufs[0];
}

/** A checkpoint of which only the pause heads are read. */
export function sparse(url: string): RemoteFile {
  return { url, sparse: true };
}

/** A GGUF by its URL, with its other shards if it is the first of several. */
export function ggufFileSet(file: RemoteFile): FileSet {
  const url = new URL(file.url);
  const name = decodePathPart(url.pathname.replace(/^.*\//, ''));
  const shards = shardNames(name) ?? [];
  if (shards.length < 2) return { layout: 'single', gguf: [file] };
  return {
    layout: 'single',
    gguf: [
      file,
      ...shards.slice(1).map((shard) => {
        const other = new URL(url);
        other.pathname = other.pathname.replace(/[^/]*$/, encodePathPart(shard));
        return { url: other.href };
      }),
    ],
  };
}

/**
 * A folder in the official layout. The query, such as a signature, belongs to the folder: every file is requested with it.
 * @param only the names of its files where they are known, such as those of an installed model
 */
export function folderFileSet(folder: URL, only?: ReadonlySet<string>): OfficialFileSet {
  const beside = (name: string): RemoteFile => {
    if (only?.has(name) === false) missing(folder.href, name);
    const file = new URL(folder);
    file.pathname += encodePathPart(name);
    return { url: file.href, name };
  };
  const name = folder.pathname.split('/').at(-2) || folder.host;
  return { layout: 'official', name, config: beside('config.json'), beside };
}

/** Finds the layout of a list of files by their names. Throws `model-invalid` if no layout matches. */
export function fileSetByNames(name: string, files: ReadonlyMap<string, RemoteFile>): FileSet {
  const names = [...files.keys()].sort();
  const pick = (pattern: RegExp): RemoteFile | undefined => {
    const found = names.find((each) => pattern.test(each));
    return found === undefined ? undefined : files.get(found);
  };
  const config = files.get('config.json');
  const mimi = pick(/^mimi.*\.safetensors$/);
  if (config && names.some((each) => /\.safetensors$/.test(each) && !/^mimi/.test(each)))
    return { layout: 'official', name, config, beside: (file) => files.get(file) ?? missing(name, file) };
  const gguf = files.get(ggufIn(names) ?? '');
  if (!gguf) throw new SttError('model-invalid', `${name}: has neither a config.json with weights nor a .gguf file`);
  const tokenizer = pick(/^tokenizer.*\.model$/);
  if (!mimi || !tokenizer) return ggufFileSet(gguf);
  const mimiConfig = pick(/^mimi_config\.json$/);
  const optional = { ...(mimiConfig && { mimiConfig }), ...(config && { config }) };
  return { layout: 'triple', gguf, mimi, tokenizer, pauseHeads: [], ...optional };
}

/** The file set of a manifest, by its `layout` or else by the names of its files. */
export function manifestFileSet({ name, files, layout }: Manifest): FileSet {
  const byName = new Map<string, RemoteFile>(files.map((file) => [file.name, file]));
  if (layout === undefined) return fileSetByNames(name, byName);
  const of = (role: Role): readonly RemoteFile[] =>
    (layout[role] ?? []).map((each) => byName.get(each) ?? missing(name, each));
  const [config] = of('config');
  if (config && !layout.gguf)
    return { layout: 'official', name, config, beside: (file) => byName.get(file) ?? missing(name, file) };
  const [gguf, ...shards] = of('gguf');
  const [mimi] = of('mimi');
  const [tokenizer] = of('tokenizer');
  if (!gguf) throw new SttError('model-invalid', `${name}: layout has neither gguf nor config`);
  if (!mimi || !tokenizer) return { layout: 'single', gguf: [gguf, ...shards] };
  const [mimiConfig] = of('mimi-config');
  const pauseHeads = of('pause-heads').map((file) => ({ ...file, sparse: true }));
  return {
    ...{ layout: 'triple', gguf, mimi, tokenizer, pauseHeads },
    ...(mimiConfig && { mimiConfig }),
    ...(config && { config }),
  };
}

function missing(name: string, file: string): never {
  throw new SttError('model-invalid', `${name}: names a file ${file} that is not among its files`);
}
