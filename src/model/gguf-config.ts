/** Writes a config to GGUF metadata and reads it back; also reads the metadata of the public third-party file. */
import type { MimiConfig, SttConfig } from './config.js';
import { Fields } from './fields.js';
import type { MetadataEntry } from './gguf-writer.js';
import type { ShapeOf } from './shape-checks.js';

/** Incremented when older readers cannot read a new file. */
export const FORMAT_VERSION = 1;
export const FORMAT_KEY = 'kyutai-stt.format_version';
/** The I8 tensor that holds the SentencePiece file: a metadata array of that size is slow to parse. */
export const TOKENIZER_TENSOR = 'tokenizer.model';

const CONFIG_PREFIX = 'kyutai-stt.config.';
const MIMI_PREFIX = 'kyutai-stt.mimi_config.';

type Metadata = Readonly<Record<string, unknown>>;

/** A config as metadata, under the key names of the official files. */
export function configMetadata({ lm, mimi }: SttConfig): MetadataEntry[] {
  return [
    u32(FORMAT_KEY, FORMAT_VERSION),
    u32(`${CONFIG_PREFIX}dim`, lm.dim),
    u32(`${CONFIG_PREFIX}num_layers`, lm.numLayers),
    u32(`${CONFIG_PREFIX}num_heads`, lm.numHeads),
    u32(`${CONFIG_PREFIX}n_q`, lm.nQ),
    u32(`${CONFIG_PREFIX}card`, lm.card),
    u32(`${CONFIG_PREFIX}text_card`, lm.textCard),
    u32(`${CONFIG_PREFIX}context`, lm.context),
    f64(`${CONFIG_PREFIX}max_period`, lm.maxPeriod),
    u32(`${CONFIG_PREFIX}existing_text_padding_id`, lm.paddingToken),
    f64(`${CONFIG_PREFIX}stt_config.audio_delay_seconds`, lm.audioDelaySeconds),
    f64(`${CONFIG_PREFIX}stt_config.audio_silence_prefix_seconds`, lm.silencePrefixSeconds),
    ...mimiMetadata(mimi),
  ];
}

function mimiMetadata({ sampleRate, frameRate, seanet, transformer, quantizer }: MimiConfig): MetadataEntry[] {
  return [
    u32(`${MIMI_PREFIX}sample_rate`, sampleRate),
    f64(`${MIMI_PREFIX}frame_rate`, frameRate),
    u32(`${MIMI_PREFIX}seanet.n_filters`, seanet.nFilters),
    u32(`${MIMI_PREFIX}seanet.dimension`, seanet.dimension),
    u32(`${MIMI_PREFIX}seanet.kernel_size`, seanet.kernelSize),
    u32(`${MIMI_PREFIX}seanet.residual_kernel_size`, seanet.residualKernelSize),
    u32(`${MIMI_PREFIX}seanet.last_kernel_size`, seanet.lastKernelSize),
    u32(`${MIMI_PREFIX}seanet.compress`, seanet.compress),
    { key: `${MIMI_PREFIX}seanet.ratios`, type: 'u32[]', value: [...seanet.strides].reverse() }, // the decoder's order
    u32(`${MIMI_PREFIX}transformer.d_model`, transformer.dim),
    u32(`${MIMI_PREFIX}transformer.num_heads`, transformer.numHeads),
    u32(`${MIMI_PREFIX}transformer.num_layers`, transformer.numLayers),
    u32(`${MIMI_PREFIX}transformer.context`, transformer.context),
    f64(`${MIMI_PREFIX}transformer.max_period`, transformer.maxPeriod),
    u32(`${MIMI_PREFIX}transformer.dim_feedforward`, transformer.hidden),
    u32(`${MIMI_PREFIX}quantizer.dimension`, quantizer.dimension),
    u32(`${MIMI_PREFIX}quantizer.n_q`, quantizer.nQ),
    u32(`${MIMI_PREFIX}quantizer.bins`, quantizer.bins),
  ];
}

function u32(key: string, value: number): MetadataEntry {
  return { key, type: 'u32', value };
}

function f64(key: string, value: number): MetadataEntry {
  return { key, type: 'f64', value };
}

/** The objects for config.json (`lm`) and mimi_config.json (`mimi`), with the fields that a config keeps. */
export function configJson(config: SttConfig): Record<'lm' | 'mimi', Readonly<Record<string, unknown>>> {
  const metadata = Object.fromEntries(configMetadata(config).map(({ key, value }) => [key, value]));
  return { lm: nested(metadata, CONFIG_PREFIX), mimi: nested(metadata, MIMI_PREFIX) };
}

/** Reads config.json's fields from the metadata of one of our GGUFs. */
export function configFields(file: string, metadata: Metadata): Fields {
  return new Fields(file, nested(metadata, CONFIG_PREFIX));
}

/** Reads mimi_config.json's fields from the metadata of one of our GGUFs. */
export function mimiConfigFields(file: string, metadata: Metadata): Fields {
  return new Fields(file, nested(metadata, MIMI_PREFIX));
}

/** Reads those of config.json's fields that the third-party GGUF has, and counts the codebooks. */
export function thirdPartyFields(file: string, metadata: Metadata, shapeOf: ShapeOf): Fields {
  const stt = new Fields(file, metadata);
  const whole = (key: string): number => stt.integer(key, { max: 2 ** 31 }); // ranges are checked under the official names
  let codebooks = 0;
  while (codebooks < 128 && shapeOf(`emb.${codebooks}.weight`) !== undefined) codebooks++;
  return new Fields(file, {
    dim: whole('stt.embedding_length'),
    num_layers: whole('stt.block_count'),
    num_heads: whole('stt.attention.head_count'),
    n_q: codebooks,
    card: whole('stt.audio_vocab_size') - 1, // the table's last row is the initial token
    text_card: whole('stt.vocab_size'),
    context: whole('stt.context_length'),
    max_period: stt.number('stt.rope.freq_base', { min: 1, max: 1e9 }),
  });
}

/** { 'p.a.b': 1 } → { a: { b: 1 } } for the keys that begin with `prefix`. */
function nested(metadata: Metadata, prefix: string): Record<string, unknown> {
  const root = empty();
  for (const [key, value] of Object.entries(metadata)) {
    if (!key.startsWith(prefix)) continue;
    const path = key.slice(prefix.length).split('.');
    const last = path.pop() ?? '';
    let node = root;
    for (const step of path) {
      const inner = node[step];
      node = node[step] = isRecord(inner) ? inner : empty();
    }
    node[last] = value;
  }
  return root;
}

/** Without a prototype, because a file may have the key `__proto__`. */
function empty(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
