/** Reads the pause heads as one matrix, so that a step needs one product for all of them. */
import type { LmConfig } from '../model/config.js';
import type { Model } from '../model/model.js';

/** Names of the heads' tensors, [classes, M] each. */
export function pauseHeadNames({ pauseHeads }: LmConfig): string[] {
  return Array.from({ length: pauseHeads }, (_, i) => `extra_heads.${i}.weight`);
}

/** W [N, K] f32 with N = heads · classes, head by head. */
export async function readPauseHeads(
  model: Model,
  config: LmConfig,
): Promise<{ N: number; K: number; values: Float32Array<ArrayBuffer> }> {
  const { pauseHeads, pauseClasses, dim: K } = config;
  const N = pauseHeads * pauseClasses;
  const values = new Float32Array(N * K);
  for (const [i, name] of pauseHeadNames(config).entries()) {
    values.set(await model.readTensorF32(name), i * pauseClasses * K);
  }
  return { N, K, values };
}
