/** The pause heads as one matrix, so that a step asks them all with one product. */
import type { LmConfig } from '../model/config.js';
import type { Model } from '../model/model.js';

/** W [N, K] f32 with N = heads · classes, head by head. */
export async function readPauseHeads(
  model: Model,
  { pauseHeads, pauseClasses, dim: K }: LmConfig,
): Promise<{ N: number; K: number; values: Float32Array<ArrayBuffer> }> {
  const N = pauseHeads * pauseClasses;
  const values = new Float32Array(N * K);
  for (let i = 0; i < pauseHeads; i++) {
    values.set(await model.readTensorF32(`extra_heads.${i}.weight`), i * pauseClasses * K);
  }
  return { N, K, values };
}
