/**
 * Reads the layout of Hugging Face's transformers (`KyutaiSpeechToTextForConditionalGeneration`): one embedding for text and audio,
 * q and k permuted for half-split RoPE, the codec in the same file, delay and prefix in the feature extractor's config.
 */
import type { LmConfig } from './config.js';
import { Fields } from './fields.js';
import { joinedProjection } from './hf-mimi.js';
import type { Lookup } from './lookup.js';
import { lazyTensor, type LazyTensor, type TensorFile } from './tensor-file.js';

const EMBEDDING = 'model.embed_tokens.embed_tokens.weight';
const CODEC = 'codec_model.';
/** For values whose range is checked under their official names. */
const ANY = { max: 2 ** 31 };

/** Whether a config.json is that of the transformers library. */
export function usesTransformers(config: Fields): boolean {
  return config.has('codec_config');
}

/** config.json's fields under their official names. `extractor` is the feature extractor's config. */
export function transformersFields(config: Fields, extractor: Fields): Fields {
  const whole = (key: string): number => config.integer(key, ANY);
  const heads = whole('num_attention_heads');
  config.fixed('model_type', 'kyutai_speech_to_text');
  config.fixed('hidden_act', 'silu');
  config.fixed('rms_norm_eps', 1e-8);
  config.fixed('num_key_value_heads', heads);
  config.fixed('head_dim', whole('hidden_size') / heads);
  config.fixed('tie_word_embeddings', false);
  const seconds = (key: string): number => extractor.number(key, { min: 0, max: 60 });
  return new Fields(config.file, {
    dim: whole('hidden_size'),
    num_layers: whole('num_hidden_layers'),
    num_heads: heads,
    n_q: whole('num_codebooks'),
    card: whole('codebook_vocab_size') - 1, // both tables end with the initial token
    text_card: whole('vocab_size') - 1,
    context: whole('sliding_window'),
    max_period: ropeTheta(config),
    existing_text_padding_id: whole('pad_token_id'),
    stt_config: {
      audio_delay_seconds: seconds('audio_delay_seconds'),
      audio_silence_prefix_seconds: seconds('audio_silence_prefix_seconds'),
    },
  });
}

/** The codec's config as mimi_config.json's fields. Absent values are the published Mimi's, as in transformers. */
export function transformersMimiFields(config: Fields): Fields {
  const codec = config.object('codec_config');
  const whole = (key: string, fallback: number): number => codec.integer(key, { ...ANY, fallback });
  const width = whole('hidden_size', 512);
  const heads = whole('num_attention_heads', 8);
  codec.fixed('sampling_rate', 24_000);
  codec.fixed('audio_channels', 1);
  codec.fixed('num_residual_layers', 1);
  codec.fixed('num_semantic_quantizers', 1);
  codec.fixed('use_causal_conv', true);
  codec.fixed('use_conv_shortcut', false);
  codec.fixed('pad_mode', 'constant');
  codec.fixed('hidden_act', 'gelu');
  codec.fixed('norm_eps', 1e-5);
  codec.fixed('num_key_value_heads', heads);
  codec.fixed('head_dim', width / heads);
  return new Fields(config.file, {
    seanet: {
      n_filters: whole('num_filters', 64),
      dimension: width,
      kernel_size: whole('kernel_size', 7),
      residual_kernel_size: whole('residual_kernel_size', 3),
      last_kernel_size: whole('last_kernel_size', 3),
      compress: whole('compress', 2),
      ratios: codec.has('upsampling_ratios') ? codec.integers('upsampling_ratios', { max: 64, most: 8 }) : [8, 6, 5, 4],
    },
    transformer: {
      d_model: width,
      num_heads: heads,
      num_layers: whole('num_hidden_layers', 8),
      context: whole('sliding_window', 250),
      max_period: ropeTheta(codec),
      dim_feedforward: whole('intermediate_size', 2048),
    },
    quantizer: {
      dimension: whole('codebook_dim', 256),
      n_q: whole('num_quantizers', 32),
      bins: whole('codebook_size', 2048),
    },
  });
}

/** In `rope_parameters` since transformers 5. */
function ropeTheta(config: Fields): number {
  const rope = config.object('rope_parameters');
  rope.fixed('rope_type', 'default');
  return (rope.has('rope_theta') ? rope : config).number('rope_theta', { min: 1, max: 1e9, fallback: 10_000 });
}

/** Patterns in official names and their replacements, applied in order. */
const SPELLINGS: readonly (readonly [RegExp, string])[] = [
  [/^transformer\./, 'model.'],
  [/^out_norm\.alpha$/, 'model.norm.weight'],
  [/^text_linear\./, 'lm_head.'],
  [/\.norm1\.alpha$/, '.input_layernorm.weight'],
  [/\.norm2\.alpha$/, '.post_attention_layernorm.weight'],
  [/\.gating\.linear_in\./, '.mlp.fc1.'],
  [/\.gating\.linear_out\./, '.mlp.fc2.'],
  [/\.out_proj\./, '.o_proj.linear.'],
];

/** The name that `file` has for an official one. */
export function transformersName(name: string): string {
  return SPELLINGS.reduce((spelt, [official, hf]) => spelt.replace(official, hf), name);
}

/** Finds language model tensors by official name. */
export function transformersLookup(
  file: TensorFile,
  { card, textCard, numHeads }: Pick<LmConfig, 'card' | 'textCard' | 'numHeads'>,
): Lookup {
  return (name) => {
    const [projection, layer] = /^transformer(\..*\.)in_proj_weight$/.exec(name) ?? [];
    if (projection) return joinedProjection(file, name, [`model${layer}`, '.linear.weight'], numHeads);
    if (name === 'text_emb.weight') return rowsOf(file, EMBEDDING, name, 0, textCard + 1);
    const codebook = /^emb\.(\d+)\.weight$/.exec(name)?.[1];
    if (codebook !== undefined)
      return rowsOf(file, EMBEDDING, name, textCard + 1 + Number(codebook) * (card + 1), card + 1);
    // The head has a row of zeros for the initial token: it must not win where all other logits are negative.
    if (name === 'text_linear.weight') return rowsOf(file, transformersName(name), name, 0, textCard);
    const stored = file.get(transformersName(name));
    return stored === undefined ? undefined : lazyTensor(stored, name);
  };
}

/** `count` rows of a matrix, or as many as there are from row `first`. */
function rowsOf(file: TensorFile, from: string, name: string, first: number, count: number): LazyTensor | undefined {
  const stored = file.get(from);
  if (stored === undefined) return undefined;
  const [total = 0, ...columns] = stored.shape;
  const rowBytes = stored.byteLength / total;
  const rows = Math.max(0, Math.min(count, total - first));
  const [offset, byteLength] = [stored.offset + first * rowBytes, rows * rowBytes];
  return lazyTensor({ ...stored, shape: [rows, ...columns], offset, byteLength }, name);
}

/** The codec's tensors, as in a file of their own. */
export function codecPart(file: TensorFile): TensorFile {
  return new Map(
    [...file].filter(([name]) => name.startsWith(CODEC)).map(([name, tensor]) => [name.slice(CODEC.length), tensor]),
  );
}
