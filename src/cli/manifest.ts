/** `kyutai-stt manifest`: writes the sizes and hashes of a model's files, with which a page verifies every chunk. */
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import { CHUNK_BYTES } from '../download/types.js';
import {
  describeFile,
  MANIFEST_FORMAT,
  MANIFEST_VERSION,
  MAX_CHUNK,
  type ManifestFile,
  type Role,
} from '../download/manifest.js';
import { filesOfModel, type FileOfModel } from './model-files.js';
import { nodeFileSource } from './node-file-source.js';
import { print } from './standard-output.js';
import { refuseExisting, writeWhole } from './write-file.js';
import { wholeNumber } from './whole-number.js';

const USAGE = `Usage: kyutai-stt manifest FILE|FOLDER… [-o manifest.json] [--chunk-bytes ${CHUNK_BYTES}] [--name NAME] [--force]

Lists the files of a model, their bytes and the SHA-256 of every chunk, as JSON. A page with model="…/manifest.json"
verifies each chunk that it downloads. The arguments are a GGUF of ours or the first of its shards, a folder in the
official layout, or the public GGUF, or candle's with its config.json, with its codec and tokenizer as further arguments or in
its folder. The command opens
the model to check it. Another safetensors argument, or *pause-heads*.safetensors in the folder, provides the GGUF's pause
heads.

  -o             the manifest's file (default: standard output); file names are relative to it
  --chunk-bytes  size of the chunks that are verified, stored and downloaded again if damaged (default 4 MiB)
  --name         the model's name (default: its file's or folder's name)
  --force        replaces the manifest if it exists
`;

/** The JSON as it is written; `parseManifest` reads it. */
export interface WrittenManifest {
  readonly format: typeof MANIFEST_FORMAT;
  readonly version: typeof MANIFEST_VERSION;
  readonly name: string;
  readonly layout: Readonly<Partial<Record<Role, readonly string[]>>>;
  /** Without `url`, the file lies beside the manifest under its name. */
  readonly files: readonly (Omit<ManifestFile, 'url'> & { readonly url?: string })[];
}

export interface ManifestOptions {
  /** The model's, for people. */
  readonly name: string;
  readonly chunkBytes?: number;
  /** The folder the manifest will be in; default that of the first file. */
  readonly folder?: string | undefined;
}

/** The manifest of these files. Reads them a chunk at a time, one after the other, so that any size takes little memory. */
export async function makeManifest(files: readonly FileOfModel[], options: ManifestOptions): Promise<WrittenManifest> {
  const { name, chunkBytes = CHUNK_BYTES, folder = dirname(files[0]?.path ?? '.') } = options;
  const layout: Partial<Record<Role, string[]>> = {};
  const described: WrittenManifest['files'][number][] = [];
  for (const { role, path } of files) {
    const file = await describeFile(await nodeFileSource(path), chunkBytes);
    if (role !== undefined) (layout[role] ??= []).push(file.name);
    const url = relative(folder, path).split(sep).map(encodeURIComponent).join('/');
    described.push(url === encodeURIComponent(file.name) ? file : { ...file, url });
  }
  return { format: MANIFEST_FORMAT, version: MANIFEST_VERSION, name, layout, files: described };
}

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function manifestCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      'chunk-bytes': { type: 'string', default: String(CHUNK_BYTES) },
      name: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const [first, ...rest] = positionals;
  if (first === undefined)
    throw new SttError('invalid-argument', 'manifest: found no model, expected a file or a folder');
  const { output } = values;
  const name = values.name ?? basename(resolve(first)).replace(/(-\d{5}-of-\d{5})?\.gguf$/i, '');
  const chunkBytes = wholeNumber('--chunk-bytes', values['chunk-bytes'], 1, MAX_CHUNK);
  if (output !== undefined) await refuseExisting(output, values.force);
  const folder = output === undefined ? undefined : dirname(resolve(output));
  const files = (await filesOfModel([first, ...rest])).map(({ role, path }) => ({ role, path: resolve(path) }));
  const text = `${JSON.stringify(await makeManifest(files, { name, chunkBytes, folder }), null, 2)}\n`;
  if (output === undefined) await print(text);
  else await writeWhole(output, (sink) => sink(new TextEncoder().encode(text)));
  return 0;
}
