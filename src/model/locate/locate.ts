/** Finds the files of a model: in the store if it is installed, else by requests to its server. */
import { SttError } from '../../errors.js';
import type { ModelLocation, ThreeFiles } from '../../protocol/model.js';
import { HUB } from '../../protocol/urls.js';
import type { ByteSource } from '../../bytes/byte-source.js';
import type { RemoteFile } from '../../download/types.js';
import { parseManifest } from '../../download/manifest.js';
import { unsigned } from '../../download/cache-index.js';
import { encodePathPart, fileNameOf } from '../../bytes/file-name.js';
import { askJson, askUrl, type AskOptions } from './ask-url.js';
import { Fields } from '../fields.js';
import { officialNames, WEIGHTS_INDEX } from '../official-names.js';
import {
  filesOf,
  folderFileSet,
  ggufFileSet,
  manifestFileSet,
  fileSetByNames,
  ggufIn,
  sparse,
  type FileSet,
  type OfficialFileSet,
} from './file-set.js';

/** What the store holds of a model. */
export interface StoredFiles {
  /** The files of the complete model under the location's key. */
  readonly installed: readonly RemoteFile[];
  /** Whether any part of the file is stored. */
  isBegun(file: RemoteFile): Promise<boolean>;
  open(file: RemoteFile): Promise<ByteSource>;
}

/** Bytes; enough for a manifest of a thousand files. */
const MAX_MANIFEST = 16 * 1024 * 1024;

/**
 * The key of a model in the store: its name, `owner/repo`, or its URL without a signature. All its versions share it. A
 * repository on a mirror has the mirror's URL before it: another server's files must not count as the hub's, or a mirror's.
 */
export function keyOf(location: ModelLocation): string {
  if ('hub' in location) return location.hub === HUB ? location.repo : `${unsigned(location.hub)}${location.repo}/`;
  const url = 'gguf' in location ? location.gguf : location.url;
  // `locate` rejects an invalid URL.
  return location.name ?? (URL.canParse(url) ? unsigned(url) : url);
}

/**
 * Finds the files that form the model. Nothing known from an earlier visit is requested again, so that an installed model
 * needs no network. Rejects with `network`, `model-invalid`, `invalid-argument`, or AbortError.
 */
export async function locate(location: ModelLocation, stored: StoredFiles, options: AskOptions = {}): Promise<FileSet> {
  if ('hub' in location) return locateRepo(location, stored, options);
  if ('gguf' in location) return tripleFileSet(location, await whichOf(location, stored, options));
  const url = parse(location.url);
  const { bytes, sha256 } = location;
  const file: RemoteFile = { url: url.href, ...(bytes !== undefined && sha256 && { bytes, sha256 }) };
  if (/\.gguf$/i.test(url.pathname)) return ggufFileSet(file);
  if (/\.json$/i.test(url.pathname)) {
    const source = await stored.open(file);
    if (source.size > MAX_MANIFEST)
      throw new SttError(
        'model-invalid',
        `${url.href}: is ${source.size} bytes long, at most ${MAX_MANIFEST} are accepted`,
      );
    const text = new TextDecoder().decode(await source.read(0, source.size));
    return manifestFileSet(parseManifest(url.href, text));
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  // Files that may exist, but do not in this model, are not requested again.
  const installed = stored.installed.map((each) => each.name ?? fileNameOf(each.url));
  if (!installed.includes('config.json')) return locateFolder(url, options);
  const official = folderFileSet(url, new Set(installed));
  if (ggufIn(installed) === undefined) return official;
  return fileSetByNames(url.href, new Map(installed.map((name) => [name, official.beside(name)])));
}

/**
 * A folder without a listing. If it has no safetensors of a language model, as a quantised repository of candle's, a GGUF beside
 * config.json is looked for.
 */
async function locateFolder(folder: URL, options: AskOptions): Promise<FileSet> {
  const official = folderFileSet(folder);
  try {
    return (await candleFileSet(official, ggufNames(folder), options)) ?? official;
  } catch (cause) {
    if (cause instanceof SttError && cause.code === 'network') return official; // its download retries
    throw cause;
  }
}

/** The files of a folder whose language model is a GGUF; undefined if it is not, or there is no config.json. */
async function candleFileSet(
  { config, beside }: OfficialFileSet,
  ggufs: readonly string[],
  options: AskOptions,
): Promise<FileSet | undefined> {
  const json = await askJson(config.url, options);
  if (typeof json !== 'object' || json === null) return undefined;
  const { lm, mimi, tokenizer, mimiConfig } = officialNames(new Fields(config.url, { ...json }));
  const found = async (...names: readonly string[]): Promise<string | undefined> => {
    for (const name of names) if ((await askUrl(beside(name).url, options)).found) return name;
    return undefined;
  };
  if (ggufIn([lm]) === undefined && (await found(lm, WEIGHTS_INDEX)) !== undefined) return undefined;
  const gguf = ggufIn([lm]) ?? (await found(...ggufs));
  if (gguf === undefined) return undefined;
  if ((await found(mimi)) === undefined) return ggufFileSet(beside(gguf)); // a complete one beside a config
  const codec = mimiConfig ?? (await found('mimi_config.json'));
  return {
    layout: 'triple',
    config,
    gguf: beside(gguf),
    mimi: beside(mimi),
    tokenizer: beside(tokenizer),
    ...(codec !== undefined && { mimiConfig: beside(codec) }),
    pauseHeads: [],
  };
}

/** Usual names of a GGUF in a folder or repository that cannot be listed, preferred ones first. */
function ggufNames({ pathname }: URL): readonly string[] {
  const repo = /([^/]*)\/(?:resolve\/[^/]*\/)?$/.exec(pathname)?.[1];
  return [
    'model.gguf',
    ...(repo ? [`${repo}.gguf`] : []),
    'model-q80.gguf',
    'model-q8_0.gguf',
    'model-q4_0.gguf',
    'model-q4k.gguf',
  ];
}

function tripleFileSet(wanted: ThreeFiles, found: ThreeFiles): FileSet {
  const { gguf, mimi, tokenizer, pauseHeads = [] } = found;
  return {
    layout: 'triple',
    gguf: { url: gguf },
    mimi: { url: mimi },
    tokenizer: { url: tokenizer },
    pauseHeads: pauseHeads.map(sparse),
    ...(found !== wanted && { instead: `${wanted.gguf} was not found; ${gguf} is used instead.` }),
  };
}

/**
 * The first alternative that is partly stored or exists on its server. An unreachable one counts as existing: its download
 * retries. The last alternative is not checked.
 */
async function whichOf(files: ThreeFiles, stored: StoredFiles, options: AskOptions): Promise<ThreeFiles> {
  const alternatives: ThreeFiles[] = [];
  for (let each: ThreeFiles | undefined = files; each; each = each.otherwise) alternatives.push(each);
  if (alternatives.length > 1)
    for (const each of alternatives) if (await stored.isBegun({ url: each.gguf })) return each;
  const isThere = async (url: string): Promise<boolean> => {
    try {
      return (await askUrl(url, options)).found;
    } catch (cause) {
      if (cause instanceof SttError) return true;
      throw cause;
    }
  };
  for (const each of alternatives.slice(0, -1)) {
    if ((await Promise.all([each.gguf, each.mimi, each.tokenizer].map(isThere))).every(Boolean)) return each;
  }
  return alternatives[alternatives.length - 1] ?? files;
}

type Repo = Extract<ModelLocation, { readonly hub: string }>;

/**
 * Whether installed files are from this hub and of the wanted revision: the one they were requested by, or the commit in
 * their URLs. A branch moves, but its installed files stay until they are removed. Earlier versions of this package stored
 * the files of every mirror under one key.
 */
export function isOfRepo(files: readonly RemoteFile[], { hub, repo, revision: wanted }: Repo): boolean {
  const folder = `/resolve/${encodePathPart(wanted)}/`;
  return files.every(
    ({ url, revision }) => url.startsWith(`${hub}${repo}/`) && (revision === wanted || url.includes(folder)),
  );
}

async function locateRepo(location: Repo, { installed }: StoredFiles, options: AskOptions): Promise<FileSet> {
  const { hub, repo, revision } = location;
  const at = (commit: string) => `${hub}${repo}/resolve/${encodePathPart(commit)}/`;
  const file = (commit: string, name: string): RemoteFile => ({
    url: at(commit) + name.split('/').map(encodePathPart).join('/'),
    name,
    revision,
  });
  const kept = new Map(installed.map((each) => [each.name ?? fileNameOf(each.url), each]));
  const isModel = kept.has('config.json') || [...kept.keys()].some((name) => /\.gguf$/i.test(name));
  if (isModel && isOfRepo(installed, location)) return fileSetByNames(repo, kept);
  const listed = listing(await askJson(`${hub}api/models/${repo}/revision/${encodePathPart(revision)}`, options));
  if (listed)
    return fileSetByNames(repo, new Map(listed.names.map((name) => [name, file(listed.sha ?? revision, name)])));
  // A plain mirror has no listing, so probe for the files of each layout.
  const there = async (name: string): Promise<boolean> => (await askUrl(file(revision, name).url, options)).found;
  if (await there('config.json')) return locateFolder(new URL(at(revision)), options);
  for (const gguf of ggufNames(new URL(at(revision)))) {
    if (!(await there(gguf))) continue;
    const names = [gguf];
    for (const name of ['mimi-encoder-f16.safetensors', 'tokenizer.model']) if (await there(name)) names.push(name);
    return fileSetByNames(repo, new Map(names.map((name) => [name, file(revision, name)])));
  }
  throw new SttError(
    'network',
    `${hub}${repo}: revision ${revision} has no config.json and no GGUF that is found by its name`,
  );
}

/** The files and the commit of a revision, from a hub's response. */
function listing(json: unknown): { readonly names: readonly string[]; readonly sha: string | undefined } | undefined {
  if (typeof json !== 'object' || json === null || !('siblings' in json) || !Array.isArray(json.siblings))
    return undefined;
  const names = (json.siblings as readonly unknown[]).flatMap((each) => {
    const name = (each as { rfilename?: unknown } | null)?.rfilename;
    return typeof name === 'string' ? [name] : [];
  });
  const sha = 'sha' in json && typeof json.sha === 'string' ? json.sha : undefined;
  return { names, sha };
}

/** Total bytes of a file set, requested from the servers where unknown; undefined if a server does not report its size. */
export async function askBytes(fileSet: FileSet, options: AskOptions = {}): Promise<number | undefined> {
  const sizes = await Promise.all(
    filesOf(fileSet).map(async ({ url, bytes }) => bytes ?? (await askUrl(url, options)).bytes),
  );
  return sizes.reduce<number | undefined>(
    (sum, size) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );
}

function parse(url: string): URL {
  if (URL.canParse(url)) return new URL(url);
  throw new SttError('invalid-argument', `model: ${JSON.stringify(url)} is not an absolute URL`);
}
