/** Estimates the work of one step in bytes and of one frame in multiply-adds. Letters as in docs/model.md. */
import type { LmConfig, MimiConfig } from '../../model/config.js';

/** Bytes of a quantised weight as kernels read it: half a byte, and 1/32 of an f32 scale. */
const WEIGHT = 0.5 + 4 / 32;
/** Bytes of one element of a key or value: 14 bits on the CPU, f16 on a GPU. */
const KEY = 2;

/** Bytes read by one step at a full window: the step is memory-bound. */
export function stepBytes({ dim: M, hidden: F, numLayers, textCard, context }: LmConfig): number {
  const layer = (3 * M * M + M * M + 2 * F * M + M * F) * WEIGHT + 2 * context * M * KEY;
  return numLayers * layer + textCard * M * WEIGHT;
}

/** Bytes read by one step at an empty window. */
export function emptyStepBytes(config: LmConfig): number {
  return stepBytes({ ...config, context: 0 });
}

/** Multiply-adds of one frame of the codec. */
export function frameMacs({ seanet, transformer, quantizer, downsampleStride, ...rest }: MimiConfig): number {
  const { nFilters, strides, compress, kernelSize, residualKernelSize, lastKernelSize, dimension } = seanet;
  let T = rest.sampleRate / rest.frameRate;
  let C = nFilters;
  let macs = T * nFilters * kernelSize;
  for (const stride of strides) {
    const inner = Math.floor(C / compress);
    macs += T * (inner * C * residualKernelSize + C * inner);
    T /= stride;
    macs += T * 2 * C * C * 2 * stride;
    C *= 2;
  }
  macs += T * dimension * C * lastKernelSize;
  const { dim, hidden, numLayers, context } = transformer;
  macs += T * numLayers * (4 * dim * dim + 2 * dim * hidden + 2 * context * dim);
  macs += dimension * dimension * 2 * downsampleStride;
  return macs + 2 * dimension * quantizer.dimension + quantizer.nQ * quantizer.bins * quantizer.dimension;
}
