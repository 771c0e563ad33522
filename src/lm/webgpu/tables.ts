/** All embedding tables as one on the GPU, so that a single dispatch gathers a step's input. */
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { rowsOf, stackedMatrix, type GpuType, type StackedMatrix } from './stacked-matrix.js';

/** Every embedding table under one another, the text table last. */
export interface GpuTables {
  readonly type: GpuType;
  /** T: audio tables and the text table. */
  readonly count: number;
  /** Columns, padded. */
  readonly K: number;
  /** [T] u32: the first row of each. */
  readonly first: GPUBuffer;
  readonly buffers: readonly GPUBuffer[];
}

export function tableNames({ nQ }: LmConfig): string[] {
  return [...Array.from({ length: nQ }, (_, q) => `emb.${q}.weight`), 'text_emb.weight'];
}

/** The tables in the type they share, or in f32: one kernel reads them all. */
export function tableStack(model: Model, config: LmConfig): StackedMatrix {
  return stackedMatrix(model, 'embeddings', tableNames(config));
}

/** [T]: the row at which each part of a stack begins. */
export function firstRows({ parts }: StackedMatrix): Uint32Array<ArrayBuffer> {
  const first = new Uint32Array(parts.length);
  let rows = 0;
  for (const [t, { shape }] of parts.entries()) {
    first[t] = rows;
    rows += rowsOf(shape);
  }
  return first;
}
