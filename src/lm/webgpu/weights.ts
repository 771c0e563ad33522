/** The language model's weights in GPU memory, in the types that kernels read, and the limits they need. Names and shapes: docs/model.md. */
import type { Buffers } from '../../gpu/buffers.js';
import type { GpuLimits } from '../../gpu/device.js';
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { pauseHeadNames } from '../pause-heads.js';
import { uploadWeights, type UploadOptions, type Placed } from './weight-upload.js';
import { bufferBytes, stackedMatrix, vectorOf, type GpuType, type StackedMatrix } from './stacked-matrix.js';
import { firstRows, tableNames, stackedTables, type GpuTables } from './tables.js';

export type { GpuType } from './stacked-matrix.js';
export type { GpuTables } from './tables.js';

/** W [N, K]: one buffer of numbers, or a plane of quants and one of scales. */
export interface GpuMatrix {
  readonly type: GpuType;
  readonly N: number;
  /** Columns, padded with zeros to a multiple of four. */
  readonly K: number;
  readonly buffers: readonly GPUBuffer[];
  /** Bytes a kernel reads to read every weight once: the buffers without padding. */
  readonly bytes: number;
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
  /** The pause heads stacked, [heads · classes, M] f32; undefined if the model has none. */
  readonly pause: GpuMatrix | undefined;
}

/**
 * Creates all buffers, then uploads all weights in one stream, so that the file is never in memory. Vectors are f32,
 * padded with zeros to a multiple of four. Rejects like `uploadWeights`.
 */
export async function loadGpuLmWeights(
  memory: Buffers,
  model: Model,
  config: LmConfig,
  options: UploadOptions = {},
): Promise<GpuLmWeights> {
  const placed: Placed[] = [];
  const place = (matrix: StackedMatrix): readonly GPUBuffer[] => {
    const buffers = matrix.planes.map(({ label, bytes }) => memory.storage(label, bufferBytes(bytes)));
    placed.push({ matrix, buffers });
    return buffers;
  };
  const weights = layOut(memory, model, config, place);
  await uploadWeights(memory.device, model, placed, options);
  return weights;
}

function layOut(
  memory: Buffers,
  model: Model,
  config: LmConfig,
  place: (matrix: StackedMatrix) => readonly GPUBuffer[],
): GpuLmWeights {
  const placeMatrix = (matrix: StackedMatrix): GpuMatrix => {
    const { type, N, K, planes } = matrix;
    return { type, N, K, buffers: place(matrix), bytes: planes.reduce((sum, { bytes }) => sum + bytes, 0) };
  };
  const matrix = (name: string): GpuMatrix => placeMatrix(stackedMatrix(model, name, [name]));
  const vector = (name: string): GPUBuffer => place(vectorOf(model, name))[0]!;

  const tables = stackedTables(model, config);
  return {
    tables: {
      type: tables.type,
      count: tables.parts.length,
      K: tables.K,
      first: memory.upload('first rows', firstRows(tables)),
      buffers: place(tables),
    },
    layers: Array.from({ length: config.numLayers }, (_, l) => {
      const layer = `transformer.layers.${l}`;
      return {
        norm1: vector(`${layer}.norm1.alpha`),
        qkv: matrix(`${layer}.self_attn.in_proj_weight`),
        out: matrix(`${layer}.self_attn.out_proj.weight`),
        norm2: vector(`${layer}.norm2.alpha`),
        ffnIn: matrix(`${layer}.gating.linear_in.weight`),
        ffnOut: matrix(`${layer}.gating.linear_out.weight`),
      };
    }),
    outNorm: vector('out_norm.alpha'),
    head: matrix('text_linear.weight'),
    pause:
      config.pauseHeads > 0
        ? placeMatrix(stackedMatrix(model, 'extra_heads', pauseHeadNames(config), 'f32'))
        : undefined,
  };
}

/** WebGPU's defaults, in bytes, which every device has. */
const DEFAULT_BINDING = 128 * 1024 * 1024;
const DEFAULT_BUFFER = 256 * 1024 * 1024;

/**
 * The device limits that the model's buffers need. The largest buffer holds all embedding tables, a matrix, or one
 * stream's keys and values of a layer.
 */
export function requiredLimits(model: Model, config: LmConfig, ring: 'f16' | 'f32' = 'f16'): GpuLimits {
  const tables = new Set(tableNames(config));
  const names = [...model.tensors.keys()].filter((name) => !name.startsWith('mimi.') && !tables.has(name));
  const matrices = [stackedTables(model, config), ...names.map((name) => stackedMatrix(model, name, [name]))];
  const planes = matrices.flatMap(({ planes }) => planes.map(({ bytes }) => bytes));
  const keysAndValues = 2 * config.context * config.dim * { f16: 2, f32: 4 }[ring];
  const largest = bufferBytes(Math.max(...planes, keysAndValues));
  return {
    maxStorageBufferBindingSize: Math.max(DEFAULT_BINDING, largest),
    maxBufferSize: Math.max(DEFAULT_BUFFER, largest),
  };
}
