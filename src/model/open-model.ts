/** Opens a model from its files, in one of four layouts, and validates config and tensors. */
import { isAbort, SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import type { LmConfig, MimiConfig } from './config.js';
import { lmShapes, mimiShapes } from './expected-shapes.js';
import { Fields } from './fields.js';
import { readBytesTensor, readGguf, type Gguf } from './gguf.js';
import {
  configFields,
  FORMAT_KEY,
  FORMAT_VERSION,
  mimiConfigFields,
  thirdPartyFields,
  TOKENIZER_TENSOR,
} from './gguf-config.js';
import { readGgufShards } from './gguf-shards.js';
import { hfMimiLookup, usesHfNames } from './hf-mimi.js';
import { parseLmConfig } from './lm-config.js';
import { collect, lmLookup, mimiLookup, shapesOf, type Lookup } from './lookup.js';
import { deriveMimiConfig, officialMimiConfig, parseMimiConfig } from './mimi-config.js';
import type { Model } from './model.js';
import { createModel } from './opened-model.js';
import { findPauseHeads, type HeadSource } from './pause-heads-overlay.js';
import { officialNames, WEIGHTS_INDEX } from './official-names.js';
import { readSafetensors } from './safetensors.js';
import type { TensorFile } from './tensor-file.js';
import { sentencePieceFromJson } from './tokenizer-json.js';
import {
  codecPart,
  transformersFields,
  transformersLookup,
  transformersMimiFields,
  transformersName,
  usesTransformers,
} from './transformers-layout.js';

/** A folder in the official layout or in transformers': config.json, and access to the files beside it. */
export interface OfficialFiles {
  /** For messages: the folder's name. */
  readonly name: string;
  readonly config: ByteSource;
  /** The file of that name beside config.json. */
  open(name: string): Promise<ByteSource>;
}

/** The language model in one GGUF, the public third-party one or candle's; codec and tokenizer beside it. */
export interface TripleFiles {
  readonly gguf: ByteSource;
  /** config.json, which a GGUF of candle's needs: it has no metadata. */
  readonly config?: ByteSource | undefined;
  readonly mimi: ByteSource;
  readonly tokenizer: ByteSource;
  /** Needed if the codec's heads are not 64 wide or its window is not the published one. */
  readonly mimiConfig?: ByteSource;
  /** Checkpoints to read pause heads from if the GGUF has none; the first that has them is used. */
  readonly pauseHeads?: readonly HeadSource[];
}

/** Our own single GGUF; `gguf` is the first shard if it has several. */
export interface SingleFiles {
  readonly gguf: ByteSource;
  readonly shards?: readonly ByteSource[];
  readonly mimi?: never;
}

/** Our own single GGUF, the official folder, or the third-party triple. */
export type ModelFiles = SingleFiles | OfficialFiles | TripleFiles;

/** Bytes; SentencePiece files have about 100 kB. */
const MAX_TOKENIZER = 64 * 1024 * 1024;
const MAX_JSON = 1024 * 1024;
const MAX_INDEX = 16 * MAX_JSON;

/** Rejects with `model-invalid` or `model-mismatch`, naming file, tensor or field, found and expected. */
export async function openModel(files: ModelFiles): Promise<Model> {
  if ('open' in files) return openOfficial(files);
  return files.mimi === undefined ? openSingle(files.gguf, files.shards) : openTriple(files);
}

/** Whether a GGUF holds only the language model, as the public third-party file and candle's do. */
export async function needsCompanions(source: ByteSource): Promise<boolean> {
  return isBare(await readGguf(source));
}

/** Whether a GGUF needs config.json beside it: candle writes no metadata. */
export async function needsConfig(source: ByteSource): Promise<boolean> {
  const file = await readGguf(source);
  return isBare(file) && !hasNumbers(file);
}

function isBare(file: Gguf): boolean {
  return file.metadata[FORMAT_KEY] === undefined && (hasNumbers(file) || file.tensors.has('text_emb.weight'));
}

function hasNumbers({ metadata }: Gguf): boolean {
  return metadata['stt.embedding_length'] !== undefined;
}

async function openSingle(source: ByteSource, shards: readonly ByteSource[] = []): Promise<Model> {
  const file = await readGgufShards([source, ...shards]);
  checkFormat(source, file);
  const lm = lmLookup(file.tensors);
  const mimi = mimiLookup(file.tensors, 'mimi.');
  const lmConfig = parseLmConfig(configFields(source.name, file.metadata), shapesOf(lm), source.name);
  const mimiConfig = parseMimiConfig(mimiConfigFields(source.name, file.metadata), lmConfig.nQ);
  const tokenizer = await readBytesTensor(file, source, TOKENIZER_TENSOR);
  return assemble(source.name, [lmConfig, lm, source.name], [mimiConfig, mimi, source.name], tokenizer);
}

async function openOfficial(files: OfficialFiles): Promise<Model> {
  const fields = Fields.fromJson(files.config.name, await readAll(files.config, MAX_JSON));
  if (usesTransformers(fields)) return openTransformers(files, fields);
  const names = officialNames(fields);
  const [lmSource, mimiSource, tokenizer, mimiConfig] = await Promise.all([
    files.open(names.lm),
    files.open(names.mimi),
    files.open(names.tokenizer),
    names.mimiConfig === undefined ? undefined : files.open(names.mimiConfig),
  ]);

  const lm = lmLookup(await readSafetensors(lmSource));
  const lmConfig = parseLmConfig(fields, shapesOf(lm), lmSource.name);
  const [codecConfig, mimi] = await openCodec(mimiSource, mimiConfig, lmConfig.nQ, (file) =>
    officialMimiConfig(file, lmConfig.nQ),
  );
  const bytes = await readAll(tokenizer, MAX_TOKENIZER);
  return assemble(files.name, [lmConfig, lm, lmSource.name], [codecConfig, mimi, mimiSource.name], bytes);
}

async function openTransformers(files: OfficialFiles, config: Fields): Promise<Model> {
  const [[file, weights], extractorSource, tokenizer] = await Promise.all([
    openWeights(files),
    // Since transformers 5, a processor's parts may be in one file.
    firstOf(files, 'preprocessor_config.json', 'processor_config.json'),
    files.open('tokenizer.json'),
  ]);
  const processor = Fields.fromJson(extractorSource.name, await readAll(extractorSource, MAX_JSON));
  const extractor = processor.has('feature_extractor') ? processor.object('feature_extractor') : processor;
  const lm = parseLmConfig(
    transformersFields(config, extractor),
    (name) => file.get(transformersName(name))?.shape,
    weights,
  );
  const mimi = parseMimiConfig(transformersMimiFields(config), lm.nQ);
  const pieces = sentencePieceFromJson(await readAll(tokenizer, MAX_TOKENIZER), tokenizer.name, lm.textCard);
  const codec = codecLookup(codecPart(file), mimi.transformer.numHeads);
  return assemble(files.name, [lm, transformersLookup(file, lm), weights], [mimi, codec, weights], pieces);
}

/** The tensors of model.safetensors, or of the shards that its index names; and a name for messages. */
async function openWeights(files: OfficialFiles): Promise<[TensorFile, string]> {
  const whole = await firstOf(files, 'model.safetensors', WEIGHTS_INDEX);
  if (!whole.name.endsWith('.json')) return [await readSafetensors(whole), whole.name];
  const map = Fields.fromJson(whole.name, await readAll(whole, MAX_INDEX)).object('weight_map');
  const shards = new Set(map.keys().map((tensor) => map.fileName(tensor, '')));
  const parts = await Promise.all([...shards].map(async (shard) => readSafetensors(await files.open(shard))));
  return [new Map(parts.flatMap((part) => [...part])), whole.name];
}

/** The first of two files that can be opened. Rejects as the first does if neither can. */
async function firstOf(files: OfficialFiles, name: string, otherwise: string): Promise<ByteSource> {
  try {
    return await files.open(name);
  } catch (cause) {
    if (isAbort(cause)) throw cause;
    try {
      return await files.open(otherwise);
    } catch (other) {
      throw isAbort(other) ? other : cause;
    }
  }
}

async function openTriple(files: TripleFiles): Promise<Model> {
  const { gguf, mimi: mimiSource, mimiConfig, tokenizer } = files;
  const file = await readGguf(gguf);
  const bare = lmLookup(file.tensors);
  const heads = await findPauseHeads(bare, files.pauseHeads ?? [], gguf.name);
  const lm: Lookup = (name) => bare(name) ?? heads.lookup(name);
  const fields = hasNumbers(file)
    ? thirdPartyFields(gguf.name, file.metadata, shapesOf(lm))
    : await configBeside(gguf, files.config);
  const lmConfig = parseLmConfig(fields, shapesOf(lm), gguf.name);
  const [codecConfig, mimi] = await openCodec(mimiSource, mimiConfig, lmConfig.nQ, (file, lookup) =>
    deriveMimiConfig(file, shapesOf(lookup), lmConfig.nQ),
  );
  const bytes = await readAll(tokenizer, MAX_TOKENIZER);
  const model = assemble(gguf.name, [lmConfig, lm, gguf.name], [codecConfig, mimi, mimiSource.name], bytes);
  return heads.missing === undefined ? model : { ...model, notes: { pauseHeadsMissing: heads.missing } };
}

async function configBeside(gguf: ByteSource, config: ByteSource | undefined): Promise<Fields> {
  if (config !== undefined) return Fields.fromJson(config.name, await readAll(config, MAX_JSON));
  throw new SttError(
    'model-mismatch',
    `${gguf.name}: holds no config; the config.json of its repository is needed too`,
  );
}

/** Opens a codec with official or Hugging Face names; `fallback` provides the config if there is no mimi_config.json. */
async function openCodec(
  source: ByteSource,
  config: ByteSource | undefined,
  nQ: number,
  fallback: (file: string, lookup: Lookup) => MimiConfig,
): Promise<[MimiConfig, Lookup]> {
  const file = await readSafetensors(source);
  // The shapes do not depend on the number of heads, which is known only afterwards.
  const numbers =
    config === undefined
      ? fallback(source.name, codecLookup(file, 1))
      : parseMimiConfig(Fields.fromJson(config.name, await readAll(config, MAX_JSON)), nQ);
  return [numbers, codecLookup(file, numbers.transformer.numHeads)];
}

function codecLookup(file: TensorFile, numHeads: number): Lookup {
  return usesHfNames(file) ? hfMimiLookup(file, numHeads) : mimiLookup(file, '');
}

function assemble(
  name: string,
  [lm, lmTensors, lmFile]: [LmConfig, Lookup, string],
  [mimi, mimiTensors, mimiFile]: [MimiConfig, Lookup, string],
  tokenizer: Uint8Array<ArrayBuffer>,
): Model {
  if (lm.card !== mimi.quantizer.bins) {
    throw new SttError(
      'model-mismatch',
      `${mimiFile}: codebooks have ${mimi.quantizer.bins} entries, ${lmFile} expects ${lm.card}`,
    );
  }
  const tensors = new Map([
    ...collect(lmTensors, lmShapes(lm), '', lmFile),
    ...collect(mimiTensors, mimiShapes(mimi), 'mimi.', mimiFile),
  ]);
  return createModel({ name, config: { lm, mimi }, tensors, tokenizer });
}

function checkFormat(source: ByteSource, file: Gguf): void {
  const version = file.metadata[FORMAT_KEY];
  if (version === FORMAT_VERSION) return;
  if (isBare(file)) {
    throw new SttError(
      'model-mismatch',
      `${source.name}: holds only the language model; its codec and tokenizer are needed too`,
    );
  }
  throw new SttError('model-mismatch', `${source.name}: ${FORMAT_KEY} is ${String(version)}${whoseFormat(file)}`);
}

/** Which program wrote a GGUF that is not ours, as far as its fields say, and what opens. */
function whoseFormat({ metadata, tensors }: Gguf): string {
  const expected = `expected ${FORMAT_VERSION}`;
  if (metadata[FORMAT_KEY] !== undefined) return `, ${expected}`;
  const architecture = metadata['general.architecture'];
  // Fields without a dot are the reader's own.
  const families = new Set(Object.keys(metadata).flatMap((key) => (key.includes('.') ? key.split('.', 1) : [])));
  const first = [...tensors.keys()].slice(0, 2).join(', ');
  const found = [
    typeof architecture === 'string' ? `architecture ${architecture}` : 'no architecture',
    families.size > 0 ? `fields of ${[...families].slice(0, 5).join(', ')}` : 'no fields',
    `tensors such as ${first || 'none'}`,
  ].join('; ');
  return (
    `: found another program's GGUF (${found}), ${expected}: a GGUF of \`kyutai-stt convert\`, of stt-web or of candle, or a ` +
    'checkpoint of Kyutai or of transformers, which the same command converts'
  );
}

async function readAll(source: ByteSource, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (source.size > most)
    throw new SttError('model-invalid', `${source.name}: is ${source.size} bytes long, at most ${most} are accepted`);
  return source.read(0, source.size);
}
