/** The tensors that a model with a given config must have: canonical names and shapes. Letters as in docs/model.md. */
import type { LmConfig, MimiConfig } from './config.js';

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** The language model's tensors, with pause heads if the config has them. */
export function lmShapes(config: LmConfig): Shapes {
  const { dim: M, hidden: F, card, textCard } = config;
  const shapes = new Map<string, readonly number[]>();
  for (let q = 0; q < config.nQ; q++) shapes.set(`emb.${q}.weight`, [card + 1, M]);
  shapes.set('text_emb.weight', [textCard + 1, M]);
  for (let l = 0; l < config.numLayers; l++) {
    const layer = `transformer.layers.${l}.`;
    shapes.set(`${layer}norm1.alpha`, [M]);
    shapes.set(`${layer}self_attn.in_proj_weight`, [3 * M, M]); // q; k; v stacked
    shapes.set(`${layer}self_attn.out_proj.weight`, [M, M]);
    shapes.set(`${layer}norm2.alpha`, [M]);
    shapes.set(`${layer}gating.linear_in.weight`, [2 * F, M]); // gate; up
    shapes.set(`${layer}gating.linear_out.weight`, [M, F]);
  }
  shapes.set('out_norm.alpha', [M]);
  shapes.set('text_linear.weight', [textCard, M]);
  for (let i = 0; i < config.pauseHeads; i++) shapes.set(`extra_heads.${i}.weight`, [config.pauseClasses, M]);
  return shapes;
}

/** The tensors of the codec's encoder, by official names without `mimi.`. */
export function mimiShapes(config: MimiConfig): Shapes {
  return new Map([...seanetShapes(config), ...transformerShapes(config), ...quantizerShapes(config)]);
}

function seanetShapes({ seanet }: MimiConfig): Shapes {
  const { nFilters, strides, compress, residualKernelSize } = seanet;
  const shapes = new Map<string, readonly number[]>();
  const conv = (name: string, out: number, input: number, kernel: number): void => {
    shapes.set(`encoder.model.${name}.conv.conv.weight`, [out, input, kernel]);
    shapes.set(`encoder.model.${name}.conv.conv.bias`, [out]);
  };
  conv('0', nFilters, 1, seanet.kernelSize);
  let C = nFilters;
  for (const [i, stride] of strides.entries()) {
    const inner = Math.floor(C / compress);
    conv(`${3 * i + 1}.block.1`, inner, C, residualKernelSize);
    conv(`${3 * i + 1}.block.3`, C, inner, 1);
    conv(`${3 * i + 3}`, 2 * C, C, 2 * stride);
    C *= 2;
  }
  conv(`${3 * strides.length + 2}`, seanet.dimension, C, seanet.lastKernelSize);
  return shapes;
}

function transformerShapes({ transformer }: MimiConfig): Shapes {
  const { dim, hidden } = transformer;
  const shapes = new Map<string, readonly number[]>();
  for (let l = 0; l < transformer.numLayers; l++) {
    const layer = `encoder_transformer.transformer.layers.${l}.`;
    for (const norm of ['norm1', 'norm2']) {
      shapes.set(`${layer}${norm}.weight`, [dim]);
      shapes.set(`${layer}${norm}.bias`, [dim]);
    }
    shapes.set(`${layer}self_attn.in_proj_weight`, [3 * dim, dim]);
    shapes.set(`${layer}self_attn.out_proj.weight`, [dim, dim]);
    shapes.set(`${layer}linear1.weight`, [hidden, dim]);
    shapes.set(`${layer}linear2.weight`, [dim, hidden]);
    shapes.set(`${layer}layer_scale_1.scale`, [dim]);
    shapes.set(`${layer}layer_scale_2.scale`, [dim]);
  }
  return shapes;
}

function quantizerShapes({ seanet, downsampleStride, quantizer }: MimiConfig): Shapes {
  const { dimension } = seanet;
  const shapes = new Map<string, readonly number[]>();
  shapes.set('downsample.conv.conv.conv.weight', [dimension, dimension, 2 * downsampleStride]);
  for (const [part, levels] of [
    ['rvq_first', 1],
    ['rvq_rest', quantizer.nQ - 1],
  ] as const) {
    if (levels > 0) shapes.set(`quantizer.${part}.input_proj.weight`, [quantizer.dimension, dimension, 1]);
    for (let q = 0; q < levels; q++) {
      const codebook = `quantizer.${part}.vq.layers.${q}._codebook.`;
      shapes.set(`${codebook}cluster_usage`, [quantizer.bins]);
      shapes.set(`${codebook}embedding_sum`, [quantizer.bins, quantizer.dimension]);
    }
  }
  return shapes;
}
