/** The language model's weights in WASM memory, each in the type of the file. Names and shapes: docs/model.md. */
import type { LmConfig } from '../../model/config.js';
import { matrixType, tensorInfo, type Model } from '../../model/model.js';
import type { MatrixType } from '../../model/tensor-types.js';
import { release } from '../../bytes/release.js';
import { loadMatrix, loadMatrixF32, loadRaw, loadVector } from '../../wasm/pack-model.js';
import type { WasmHost } from '../../wasm/host.js';
import { readPauseHeads } from '../pause-heads.js';
import type { Matrix } from '../../wasm/matrix.js';
import { packedF32Length, packF32 } from '../../wasm/pack.js';

/** An embedding table [rows, M] in the layout of the file. */
export interface Table {
  readonly op: `embed_${MatrixType<'wasm'>}`;
  readonly table: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly rows: number;
}

export interface LmLayer {
  readonly norm1: number;
  readonly qkv: Matrix;
  readonly out: Matrix;
  readonly norm2: number;
  readonly ffnIn: Matrix;
  readonly ffnOut: Matrix;
}

export interface LmWeights {
  readonly audio: readonly Table[];
  readonly text: Table;
  readonly layers: readonly LmLayer[];
  readonly outNorm: number;
  readonly head: Matrix;
  /** The pause heads stacked, [heads · classes, M] f32; undefined if the model has none. */
  readonly pause: Matrix | undefined;
}

export async function loadLmWeights(
  host: WasmHost,
  model: Model,
  config: LmConfig,
  exact: boolean,
): Promise<LmWeights> {
  const matrix = (name: string): Promise<Matrix> =>
    exact ? loadMatrixF32(host, model, name) : loadMatrix(host, model, name);
  const audio: Table[] = [];
  for (let q = 0; q < config.nQ; q++) audio.push(await loadTable(host, model, `emb.${q}.weight`, exact));
  const layers: LmLayer[] = [];
  for (let l = 0; l < config.numLayers; l++) {
    const name = `transformer.layers.${l}`;
    layers.push({
      norm1: await loadVector(host, model, `${name}.norm1.alpha`),
      qkv: await matrix(`${name}.self_attn.in_proj_weight`),
      out: await matrix(`${name}.self_attn.out_proj.weight`),
      norm2: await loadVector(host, model, `${name}.norm2.alpha`),
      ffnIn: await matrix(`${name}.gating.linear_in.weight`),
      ffnOut: await matrix(`${name}.gating.linear_out.weight`),
    });
  }
  return {
    audio,
    text: await loadTable(host, model, 'text_emb.weight', exact),
    layers,
    outNorm: await loadVector(host, model, 'out_norm.alpha'),
    head: await matrix('text_linear.weight'),
    pause: config.pauseHeads > 0 ? await loadPauseHeads(host, model, config) : undefined,
  };
}

async function loadTable(host: WasmHost, model: Model, name: string, exact: boolean): Promise<Table> {
  const info = tensorInfo(model, name);
  const { shape, byteLength } = info;
  const [rows = 0, M = 0] = shape;
  const type = exact ? 'f32' : matrixType('wasm', info);
  if (type !== 'f32')
    return { op: `embed_${type}`, table: await loadRaw(host, model, name), stride: byteLength / rows, rows };
  const values = await model.readTensorF32(name);
  const table = host.arena.alloc(values.byteLength, name);
  host.arena.f32.set(values, table / 4);
  release(values);
  return { op: 'embed_f32', table, stride: 4 * M, rows };
}

/** All pause heads as one matrix, for one product per step. */
async function loadPauseHeads(host: WasmHost, model: Model, config: LmConfig): Promise<Matrix> {
  const { N, K, values } = await readPauseHeads(model, config);
  const weights = host.arena.alloc(packedF32Length(N, K) * 4, 'extra_heads');
  packF32(values, N, K, host.arena.f32, weights / 4);
  return { type: 'f32', N, K, weights };
}
