/** Determines the codec's config from mimi_config.json, the official defaults, or the tensors' shapes. */
import { SttError } from '../errors.js';
import type { MimiConfig } from './config.js';
import { Fields } from './fields.js';
import { checkHeadWidth, type ShapeOf } from './shape-checks.js';

/** Hz and frames per second of every Mimi; the audio path supports no others. */
const SAMPLE_RATE = 24_000;
const FRAME_RATE = 12.5;

/** The published Mimi, which the official loader assumes for a checkpoint without mimi_config.json. */
const OFFICIAL = {
  seanet: {
    n_filters: 64,
    dimension: 512,
    kernel_size: 7,
    residual_kernel_size: 3,
    last_kernel_size: 3,
    compress: 2,
    ratios: [8, 6, 5, 4],
  },
  transformer: { d_model: 512, num_heads: 8, num_layers: 8, context: 250, max_period: 10_000, dim_feedforward: 2048 },
  quantizer: { dimension: 256, n_q: 32, bins: 2048 },
} as const;

/** The published Mimi's config with `nQ` codebooks. */
export function officialMimiConfig(file: string, nQ: number): MimiConfig {
  return parseMimiConfig(new Fields(file, OFFICIAL), nQ);
}

/** Reads mimi_config.json's fields. `nQ` codebooks are computed; the file's n_q must be at least that. */
export function parseMimiConfig(fields: Fields, nQ: number): MimiConfig {
  const seanet = fields.object('seanet');
  const transformer = fields.object('transformer');
  const quantizer = fields.object('quantizer');
  checkArchitecture(fields, seanet, transformer);

  const dimension = seanet.integer('dimension', { max: 8192 });
  const ratios = seanet.integers('ratios', { max: 64, most: 8 });
  const dim = transformer.integer('d_model', { max: 8192 });
  const numHeads = transformer.integer('num_heads', { max: 256 });
  checkHeadWidth(transformer, 'num_heads', dim, numHeads);
  for (const [part, key] of [
    [transformer, 'd_model'],
    [transformer, 'input_dimension'],
    [quantizer, 'input_dimension'],
  ] as const) {
    part.fixed(key, dimension); // the encoder has no projection between its parts
  }
  quantizer.integer('n_q', { min: nQ, max: 128 });
  const downsample = downsampleStride(seanet.file, ratios);

  return {
    sampleRate: SAMPLE_RATE,
    frameRate: FRAME_RATE,
    seanet: {
      nFilters: seanet.integer('n_filters', { max: 1024 }),
      dimension,
      kernelSize: seanet.integer('kernel_size', { max: 64 }),
      residualKernelSize: seanet.integer('residual_kernel_size', { max: 64 }),
      lastKernelSize: seanet.integer('last_kernel_size', { max: 64 }),
      compress: seanet.integer('compress', { max: 64 }),
      strides: [...ratios].reverse(),
    },
    transformer: {
      dim,
      numHeads,
      numLayers: transformer.integer('num_layers', { max: 256 }),
      // The vectors of one frame enter the ring together.
      context: transformer.integer('context', { min: downsample, max: 65_536 }),
      maxPeriod: transformer.number('max_period', { min: 1, max: 1e9 }),
      hidden: transformer.integer('dim_feedforward', { max: 131_072 }),
    },
    downsampleStride: downsample,
    quantizer: {
      dimension: quantizer.integer('dimension', { max: 8192 }),
      nQ,
      bins: quantizer.integer('bins', { max: 65_536 }),
    },
  };
}

/**
 * Derives a config from the tensors' shapes, for a codec without mimi_config.json. Shapes determine all but two numbers:
 * the window is assumed to be the published Mimi's, and heads are assumed to be 64 wide, as in it.
 * @param shapeOf by official name, without `mimi.`
 */
export function deriveMimiConfig(file: string, shapeOf: ShapeOf, nQ: number): MimiConfig {
  const need = (name: string): readonly number[] => {
    const shape = shapeOf(name);
    if (shape === undefined) throw new SttError('model-invalid', `${file}: tensor ${name} is missing`);
    return shape;
  };
  const at = (name: string, axis: number): number => need(name)[axis] ?? 0;

  const strides: number[] = [];
  while (
    strides.length < 8 &&
    shapeOf(`encoder.model.${3 * strides.length + 1}.block.1.conv.conv.weight`) !== undefined
  ) {
    strides.push(at(`encoder.model.${3 * strides.length + 3}.conv.conv.weight`, 2) / 2);
  }
  const last = `encoder.model.${3 * strides.length + 2}.conv.conv.weight`;
  const layer = (n: number): string => `encoder_transformer.transformer.layers.${n}.`;
  let layers = 0;
  while (layers < 256 && shapeOf(`${layer(layers)}linear1.weight`) !== undefined) layers++;
  const dim = at(`${layer(0)}linear1.weight`, 1);
  if (dim % 64 !== 0) {
    throw new SttError(
      'model-mismatch',
      `${file}: a transformer of width ${dim} needs mimi_config.json, which specifies its number of heads`,
    );
  }

  const seanet = {
    n_filters: at('encoder.model.0.conv.conv.weight', 0),
    dimension: at(last, 0),
    kernel_size: at('encoder.model.0.conv.conv.weight', 2),
    residual_kernel_size: at('encoder.model.1.block.1.conv.conv.weight', 2),
    last_kernel_size: at(last, 2),
    compress: at('encoder.model.0.conv.conv.weight', 0) / at('encoder.model.1.block.1.conv.conv.weight', 0),
    ratios: [...strides].reverse(),
  };
  const { context, max_period } = OFFICIAL.transformer;
  const transformer = {
    d_model: dim,
    num_heads: dim / 64,
    num_layers: layers,
    context,
    max_period,
    dim_feedforward: at(`${layer(0)}linear1.weight`, 0),
  };
  const codebook = 'quantizer.rvq_first.vq.layers.0._codebook.embedding_sum';
  const quantizer = { dimension: at(codebook, 1), bins: at(codebook, 0), n_q: nQ };
  return parseMimiConfig(new Fields(file, { seanet, transformer, quantizer }), nQ);
}

/** The remaining factor between the convolutions' rate and the frame rate: 24000 / (4·5·6·8) / 12.5 = 2. */
function downsampleStride(file: string, ratios: readonly number[]): number {
  const hop = ratios.reduce((product, ratio) => product * ratio, 1);
  const stride = SAMPLE_RATE / FRAME_RATE / hop;
  if (Number.isInteger(stride) && stride >= 2) return stride;
  throw new SttError(
    'model-mismatch',
    `${file}: seanet.ratios multiply to ${hop}, expected a divisor of ${SAMPLE_RATE / FRAME_RATE} below it`,
  );
}

function checkArchitecture(fields: Fields, seanet: Fields, transformer: Fields): void {
  fields.fixed('sample_rate', SAMPLE_RATE);
  fields.fixed('frame_rate', FRAME_RATE);
  fields.fixed('channels', 1);
  seanet.fixed('channels', 1);
  seanet.fixed('causal', true);
  seanet.fixed('n_residual_layers', 1);
  seanet.fixed('activation', 'ELU');
  seanet.fixed('norm', 'none');
  seanet.fixed('pad_mode', 'constant');
  seanet.fixed('true_skip', true);
  transformer.fixed('causal', true);
  transformer.fixed('gating', 'none');
  transformer.fixed('norm', 'layer_norm');
  transformer.fixed('positional_embedding', 'rope');
}
