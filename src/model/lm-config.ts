/** Determines the language model's config from config.json's fields, and from tensor shapes for what it lacks. */
import { SttError } from '../errors.js';
import type { LmConfig } from './config.js';
import type { Fields } from './fields.js';
import { checkHeadWidth, type ShapeOf } from './shape-checks.js';
import { STT_1B, STT_2_6B } from './published.js';

const PUBLISHED = [STT_1B.lm, STT_2_6B.lm];
/** Defaults: the values of all published models. */
const PADDING_TOKEN = 3;
const END_OF_PADDING_TOKEN = 0;

/**
 * Reads config.json's fields. `hidden` and the pause heads come from shapes.
 * @param tensorFile the file the shapes are from, for messages
 */
export function parseLmConfig(fields: Fields, shapeOf: ShapeOf, tensorFile: string): LmConfig {
  checkArchitecture(fields);
  const textCard = fields.integer('text_card', { max: 1_048_576, min: 4 });
  const stt = fields.object('stt_config');
  const config = {
    dim: fields.integer('dim', { max: 16_384 }),
    numLayers: fields.integer('num_layers', { max: 256 }),
    numHeads: fields.integer('num_heads', { max: 256 }),
    nQ: fields.integer('n_q', { max: 128 }),
    card: fields.integer('card', { max: 65_536 }),
    textCard,
    context: fields.integer('context', { max: 65_536 }),
    maxPeriod: fields.number('max_period', { min: 1, max: 1e9, fallback: 10_000 }),
    paddingToken: fields.integer('existing_text_padding_id', { min: 0, max: textCard - 1, fallback: PADDING_TOKEN }),
    endOfPaddingToken: END_OF_PADDING_TOKEN,
  };
  checkHeadWidth(fields, 'num_heads', config.dim, config.numHeads);
  // Some converters drop these, and nothing else in a file shows how far its text runs behind its audio: the published model of
  // this size is taken, and for other sizes the first.
  const published = PUBLISHED.find(({ dim, numLayers }) => dim === config.dim && numLayers === config.numLayers);
  const { audioDelaySeconds, silencePrefixSeconds } = published ?? STT_1B.lm;
  const seconds = (key: string, fallback: number): number => stt.number(key, { min: 0, max: 60, fallback });
  const delay = {
    audioDelaySeconds: seconds('audio_delay_seconds', audioDelaySeconds),
    silencePrefixSeconds: seconds('audio_silence_prefix_seconds', silencePrefixSeconds),
  };
  return { ...config, ...delay, hidden: hiddenWidth(tensorFile, shapeOf), ...pauseHeads(shapeOf) };
}

function checkArchitecture(fields: Fields): void {
  fields.fixed('dep_q', 0);
  fields.fixed('gating', 'silu');
  fields.fixed('norm', 'rms_norm_f32');
  fields.fixed('positional_embedding', 'rope');
  fields.fixed('causal', true);
  fields.fixed('cross_attention', false);
  fields.fixed('layer_scale', null);
  if (!fields.has('delays')) return;
  const delays = fields.integers('delays', { min: -1024, max: 1024, most: 256 });
  if (delays.some((delay) => delay !== 0)) {
    throw new SttError('model-mismatch', `${fields.file}: delays is [${delays.join(', ')}], expected all 0`);
  }
}

function hiddenWidth(file: string, shapeOf: ShapeOf): number {
  const name = 'transformer.layers.0.gating.linear_out.weight';
  const shape = shapeOf(name);
  if (shape === undefined) throw new SttError('model-invalid', `${file}: tensor ${name} is missing`);
  const hidden = shape[1];
  if (shape.length === 2 && hidden !== undefined && hidden > 0 && hidden <= 131_072) return hidden;
  throw new SttError('model-mismatch', `${file}: tensor ${name} is [${shape.join(', ')}], expected [dim, hidden]`);
}

function pauseHeads(shapeOf: ShapeOf): { pauseHeads: number; pauseClasses: number } {
  let heads = 0;
  while (heads < 64 && shapeOf(`extra_heads.${heads}.weight`) !== undefined) heads++;
  return { pauseHeads: heads, pauseClasses: shapeOf('extra_heads.0.weight')?.[0] ?? 0 };
}
