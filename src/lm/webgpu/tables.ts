/** All embedding tables as one matrix on the GPU, so that a single dispatch gathers the input of a step. */
import type { LmConfig } from '../../model/config.js';
import type { Model } from '../../model/model.js';
import { rowsOf, stackedMatrix, type GpuType, type StackedMatrix } from './stacked-matrix.js';

/** The rows of all embedding tables, the text table last. */
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

/** The tables in their common type, else f32, because one kernel reads them all. */
export function stackedTables(model: Model, config: LmConfig): StackedMatrix {
  return stackedMatrix(model, 'embeddings', tableNames(config));
}

/** [T]: the first row of each part. */
export function firstRows({ parts }: StackedMatrix): Uint32Array<ArrayBuffer> {
  const first = new Uint32Array(parts.length);
  let rows = 0;
  for (const [t, { shape }] of parts.entries()) {
    first[t] = rows;
    rows += rowsOf(shape);
  }
  return first;
}
