/** The model's numbers as GGUF metadata: ours under the official files' own key names, and the public third-party keys. */
import type { MimiConfig, SttConfig } from './config.js';
import { Fields } from './fields.js';
import type { ShapeOf } from './lm-config.js';

/** Bumped when a file needs a reader that knows more. */
export const FORMAT_VERSION = 1;
export const FORMAT_KEY = 'kyutai-stt.format_version';
/** The I8 tensor that holds the SentencePiece file: a metadata array of as many bytes is slow to parse everywhere. */
export const TOKENIZER_TENSOR = 'tokenizer.model';

const CONFIG_PREFIX = 'kyutai-stt.config.';
const MIMI_PREFIX = 'kyutai-stt.mimi_config.';

type Metadata = Readonly<Record<string, unknown>>;
export type Setting = readonly [key: string, value: number | readonly number[]];

/** Metadata keys of a config. Whole numbers are written as u32, others as f64. */
export function configSettings({ lm, mimi }: SttConfig): Setting[] {
  const lmSettings: Setting[] = [
    ['dim', lm.dim],
    ['num_layers', lm.numLayers],
    ['num_heads', lm.numHeads],
    ['n_q', lm.nQ],
    ['card', lm.card],
    ['text_card', lm.textCard],
    ['context', lm.context],
    ['max_period', lm.maxPeriod],
    ['existing_text_padding_id', lm.paddingToken],
    ['stt_config.audio_delay_seconds', lm.audioDelaySeconds],
    ['stt_config.audio_silence_prefix_seconds', lm.silencePrefixSeconds],
  ];
  const prefixed = (prefix: string, settings: readonly Setting[]): Setting[] =>
    settings.map(([key, value]) => [prefix + key, value]);
  return [[FORMAT_KEY, FORMAT_VERSION], ...prefixed(CONFIG_PREFIX, lmSettings), ...prefixed(MIMI_PREFIX, mimiSettings(mimi))];
}

function mimiSettings({ sampleRate, frameRate, seanet, transformer, quantizer }: MimiConfig): Setting[] {
  return [
    ['sample_rate', sampleRate],
    ['frame_rate', frameRate],
    ['seanet.n_filters', seanet.nFilters],
    ['seanet.dimension', seanet.dimension],
    ['seanet.kernel_size', seanet.kernelSize],
    ['seanet.residual_kernel_size', seanet.residualKernelSize],
    ['seanet.last_kernel_size', seanet.lastKernelSize],
    ['seanet.compress', seanet.compress],
    ['seanet.ratios', [...seanet.strides].reverse()],
    ['transformer.d_model', transformer.dim],
    ['transformer.num_heads', transformer.numHeads],
    ['transformer.num_layers', transformer.numLayers],
    ['transformer.context', transformer.context],
    ['transformer.max_period', transformer.maxPeriod],
    ['transformer.dim_feedforward', transformer.hidden],
    ['quantizer.dimension', quantizer.dimension],
    ['quantizer.n_q', quantizer.nQ],
    ['quantizer.bins', quantizer.bins],
  ];
}

/** config.json's fields, back out of a GGUF of ours. */
export function configFields(file: string, metadata: Metadata): Fields {
  return new Fields(file, nested(metadata, CONFIG_PREFIX));
}

/** mimi_config.json's fields, back out of a GGUF of ours. */
export function mimiConfigFields(file: string, metadata: Metadata): Fields {
  return new Fields(file, nested(metadata, MIMI_PREFIX));
}

/** config.json's fields as far as the third-party GGUF gives them; the codebooks are counted. */
export function thirdPartyFields(file: string, metadata: Metadata, shapeOf: ShapeOf): Fields {
  const stt = new Fields(file, metadata);
  const rows = stt.integer('stt.audio_vocab_size', { min: 2, max: 65_537 });
  let codebooks = 0;
  while (codebooks < 128 && shapeOf(`emb.${codebooks}.weight`) !== undefined) codebooks++;
  return new Fields(file, {
    dim: metadata['stt.embedding_length'],
    num_layers: metadata['stt.block_count'],
    num_heads: metadata['stt.attention.head_count'],
    n_q: codebooks,
    card: rows - 1, // the table's last row is the initial token
    text_card: metadata['stt.vocab_size'],
    context: metadata['stt.context_length'],
    max_period: metadata['stt.rope.freq_base'],
  });
}

/** { 'p.a.b': 1 } → { a: { b: 1 } } for the keys that begin with `prefix`; objects without a prototype, as keys are the file's. */
function nested(metadata: Metadata, prefix: string): Record<string, unknown> {
  const root = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(metadata)) {
    if (!key.startsWith(prefix)) continue;
    const path = key.slice(prefix.length).split('.');
    const last = path.pop() ?? '';
    let node = root;
    for (const step of path) {
      const inner = node[step];
      node = node[step] = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : Object.create(null);
    }
    node[last] = value;
  }
  return root;
}
