/** The language model's weights in GPU memory, each in the type a kernel reads. Names and shapes: docs/model.md. */
import type { Buffers } from '../../gpu/buffers.js';
import { splitPlanes } from '../../gpu/planes.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { readPauseHeads } from '../pause-heads.js';
import { tensorInfo } from '../../model/tensor-info.js';

export type GpuType = 'f32' | 'f16' | 'q8_0' | 'q4_0';

/** W [N, K]: one buffer of numbers, or a plane of quants and one of scales. */
export interface GpuMatrix {
  readonly type: GpuType;
  readonly N: number;
  readonly K: number;
  readonly buffers: readonly GPUBuffer[];
}

/** Every embedding table under one another, the text table last. */
export interface GpuTables {
  readonly type: GpuType;
  /** T: audio tables and the text table. */
  readonly count: number;
  /** [T] u32: the first row of each. */
  readonly first: GPUBuffer;
  readonly buffers: readonly GPUBuffer[];
}

export interface GpuLayer {
  readonly norm1: GPUBuffer;
  readonly qkv: GpuMatrix;
  readonly out: GpuMatrix;
  readonly norm2: GPUBuffer;
  readonly ffnIn: GpuMatrix;
  readonly ffnOut: GpuMatrix;
}

export interface GpuLmWeights {
  readonly tables: GpuTables;
  readonly layers: readonly GpuLayer[];
  readonly outNorm: GPUBuffer;
  readonly head: GpuMatrix;
  /** The pause heads stacked, [heads · classes, M]; undefined where the model has none. */
  readonly pause: GpuMatrix | undefined;
}

/** What a tensor becomes on the GPU: bf16, odd rows of halves, and quantised rows of no whole blocks are decoded to f32. */
export function gpuType(model: Model, name: string): GpuType {
  const { type, shape } = tensorInfo(model, name);
  const K = shape.slice(1).reduce((product, n) => product * n, 1);
  if (type === 'f16') return K % 2 === 0 ? 'f16' : 'f32';
  if (type === 'q4_0' || type === 'q8_0') return K % 32 === 0 ? type : 'f32';
  return 'f32';
}

export async function loadGpuLmWeights(buffers: Buffers, model: Model, config: LmConfig): Promise<GpuLmWeights> {
  const vector = async (name: string): Promise<GPUBuffer> => buffers.upload(name, await model.readTensorF32(name));
  const matrix = (name: string): Promise<GpuMatrix> => loadMatrix(buffers, model, name);
  const tables = await loadTables(buffers, model, config);
  const layers: GpuLayer[] = [];
  for (let l = 0; l < config.numLayers; l++) {
    const layer = `transformer.layers.${l}`;
    layers.push({
      norm1: await vector(`${layer}.norm1.alpha`),
      qkv: await matrix(`${layer}.self_attn.in_proj_weight`),
      out: await matrix(`${layer}.self_attn.out_proj.weight`),
      norm2: await vector(`${layer}.norm2.alpha`),
      ffnIn: await matrix(`${layer}.gating.linear_in.weight`),
      ffnOut: await matrix(`${layer}.gating.linear_out.weight`),
    });
  }
  return {
    tables,
    layers,
    outNorm: await vector('out_norm.alpha'),
    head: await matrix('text_linear.weight'),
    pause: config.pauseHeads > 0 ? await loadPauseHeads(buffers, model, config) : undefined,
  };
}

async function loadMatrix(buffers: Buffers, model: Model, name: string): Promise<GpuMatrix> {
  const { shape } = tensorInfo(model, name);
  const [N = 1, K = 1] = shape;
  const type = gpuType(model, name);
  return { type, N, K, buffers: upload(buffers, name, type, await read(model, name, type)) };
}

/** The tensor's bytes in `type`: as stored, or decoded to f32. */
async function read(model: Model, name: string, type: GpuType): Promise<Uint8Array> {
  if (tensorInfo(model, name).type === type) return model.readTensor(name);
  return new Uint8Array((await model.readTensorF32(name)).buffer);
}

function upload(buffers: Buffers, name: string, type: GpuType, bytes: Uint8Array): GPUBuffer[] {
  if (type === 'f32' || type === 'f16') return [buffers.upload(name, bytes)];
  const { quants, scales } = splitPlanes(bytes, type);
  return [buffers.upload(`${name} quants`, quants), buffers.upload(`${name} scales`, scales)];
}

async function loadTables(buffers: Buffers, model: Model, config: LmConfig): Promise<GpuTables> {
  const names = [...Array.from({ length: config.nQ }, (_, q) => `emb.${q}.weight`), 'text_emb.weight'];
  const types = new Set(names.map((name) => gpuType(model, name)));
  // One kernel reads all tables, so they share a type.
  const type: GpuType = types.size === 1 ? ([...types][0] ?? 'f32') : 'f32';
  const first = new Uint32Array(names.length);
  const parts: Uint8Array[] = [];
  let rows = 0;
  for (const [t, name] of names.entries()) {
    first[t] = rows;
    rows += tensorInfo(model, name).shape[0] ?? 0;
    parts.push(await read(model, name, type));
  }
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return {
    type,
    count: names.length,
    first: buffers.upload('first rows', first),
    buffers: upload(buffers, 'embeddings', type, all),
  };
}

async function loadPauseHeads(buffers: Buffers, model: Model, config: LmConfig): Promise<GpuMatrix> {
  const { N, K, values } = await readPauseHeads(model, config);
  return { type: 'f32', N, K, buffers: [buffers.upload('extra_heads', values)] };
}
