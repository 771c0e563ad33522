/** The least a step has to read. */
import type { GpuLmWeights, GpuMatrix } from './weights.js';

const bytesOf = ({ buffers }: GpuMatrix): number => buffers.reduce((sum, { size }) => sum + size, 0);

/** Bytes of every weight but the embedding tables, of which a step reads a row each. */
export function stepBytes({ layers, head, pause }: GpuLmWeights): number {
  const matrices = layers.flatMap(({ qkv, out, ffnIn, ffnOut }) => [qkv, out, ffnIn, ffnOut]);
  return [...matrices, head, ...(pause ? [pause] : [])].reduce((sum, matrix) => sum + bytesOf(matrix), 0);
}
