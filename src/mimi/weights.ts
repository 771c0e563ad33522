/** Loads the codec's weights into WASM memory as f32. Names and shapes: docs/model.md. */
import type { MimiConfig } from '../model/config.js';
import type { Model } from '../model/model.js';
import { loadMatrixF32, loadVector } from '../wasm/pack-model.js';
import type { WasmHost } from '../wasm/host.js';
import type { Matrix } from '../wasm/matrix.js';
import { loadRvq, type Rvq } from './codebooks.js';
import { loadConv, type Conv } from './conv.js';

export interface SeanetStage {
  readonly shrink: Conv;
  readonly grow: Conv;
  readonly down: Conv;
}

interface TransformerLayer {
  readonly norm1: { readonly w: number; readonly b: number };
  readonly qkv: Matrix;
  readonly out: Matrix;
  readonly scale1: number;
  readonly norm2: { readonly w: number; readonly b: number };
  readonly ffnIn: Matrix;
  readonly ffnOut: Matrix;
  readonly scale2: number;
}

export interface MimiWeights {
  readonly first: Conv;
  readonly stages: readonly SeanetStage[];
  readonly last: Conv;
  readonly layers: readonly TransformerLayer[];
  readonly down: Conv;
  readonly semantic: Rvq;
  readonly acoustic: Rvq | undefined;
}

/** Loads every tensor the encoder needs, and the first `nQ` codebooks; the first is semantic. */
export async function loadMimiWeights(
  host: WasmHost,
  model: Model,
  config: MimiConfig,
  nQ: number,
): Promise<MimiWeights> {
  const seanet = 'mimi.encoder.model';
  const { downsampleStride } = config;
  const { strides } = config.seanet;
  let T = strides.reduce((product, stride) => product * stride, downsampleStride);
  const first = await loadConv(host, model, `${seanet}.0.conv.conv`, T);
  const stages: SeanetStage[] = [];
  for (const [i, stride] of strides.entries()) {
    const block = `${seanet}.${1 + 3 * i}.block`;
    const shrink = await loadConv(host, model, `${block}.1.conv.conv`, T);
    const grow = await loadConv(host, model, `${block}.3.conv.conv`, T);
    T /= stride;
    stages.push({ shrink, grow, down: await loadConv(host, model, `${seanet}.${3 + 3 * i}.conv.conv`, T, stride) });
  }
  const layers: TransformerLayer[] = [];
  for (let l = 0; l < config.transformer.numLayers; l++) {
    layers.push(await loadLayer(host, model, `mimi.encoder_transformer.transformer.layers.${l}`));
  }
  return {
    first,
    stages,
    last: await loadConv(host, model, `${seanet}.${2 + 3 * stages.length}.conv.conv`, T),
    layers,
    down: await loadConv(host, model, 'mimi.downsample.conv.conv.conv', T / downsampleStride, downsampleStride, false),
    semantic: await loadRvq(host, model, 'mimi.quantizer.rvq_first', 1, config),
    acoustic: nQ > 1 ? await loadRvq(host, model, 'mimi.quantizer.rvq_rest', nQ - 1, config) : undefined,
  };
}

async function loadLayer(host: WasmHost, model: Model, name: string): Promise<TransformerLayer> {
  const vector = (part: string): Promise<number> => loadVector(host, model, `${name}.${part}`);
  const matrix = (part: string): Promise<Matrix> => loadMatrixF32(host, model, `${name}.${part}`);
  return {
    norm1: { w: await vector('norm1.weight'), b: await vector('norm1.bias') },
    qkv: await matrix('self_attn.in_proj_weight'),
    out: await matrix('self_attn.out_proj.weight'),
    scale1: await vector('layer_scale_1.scale'),
    norm2: { w: await vector('norm2.weight'), b: await vector('norm2.bias') },
    ffnIn: await matrix('linear1.weight'),
    ffnOut: await matrix('linear2.weight'),
    scale2: await vector('layer_scale_2.scale'),
  };
}
