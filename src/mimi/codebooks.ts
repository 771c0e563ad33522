/** Loads the quantiser's centroids into WASM memory: in f32 for the exact choice, in int8 for the search. */
import type { MimiConfig } from '../model/config.js';
import type { Model } from '../model/model.js';
import { release } from '../bytes/release.js';
import { loadMatrixF32 } from '../wasm/pack-model.js';
import type { WasmHost } from '../wasm/host.js';
import type { Matrix } from '../wasm/matrix.js';

/** One half of the split quantiser. */
export interface Rvq {
  readonly project: Matrix;
  readonly levels: number;
  /** [levels, bins, D] f32 */
  readonly centroids: number;
  /** Each level's centroids in int8, see kernels/wasm/rvq-sketch.ts. */
  readonly sketch: number;
  /** [levels, 3, ⌈bins/4⌉·4] f32: |centroid|²/2, the sketch's scale, its error. */
  readonly bounds: number;
}

/** Below this an entry of a codebook counts as unused. [moshi] EuclideanCodebook.epsilon */
const MIN_USAGE = 1e-5;

/** Sizes of one level in kernels/wasm/rvq.ts: bytes of sketch and bounds, groups of four centroids. */
export function rvqSize(bins: number, D: number): { sketch: number; bounds: number; groups: number } {
  const [groups, cells] = [Math.ceil(bins / 4), Math.ceil(D / 4)];
  return { sketch: groups * cells * 16, bounds: groups * 48, groups };
}

/** Loads one half. Centroid = embedding_sum / max(cluster_usage, 1e-5): checkpoints store the running sums of training. */
export async function loadRvq(
  host: WasmHost,
  model: Model,
  name: string,
  levels: number,
  config: MimiConfig,
): Promise<Rvq> {
  const { bins, dimension: D } = config.quantizer;
  const size = rvqSize(bins, D);
  const centroids = host.arena.alloc(levels * bins * D * 4, `${name} centroids`);
  const sketch = host.arena.alloc(levels * size.sketch, `${name} sketch`);
  const bounds = host.arena.alloc(levels * size.bounds, `${name} bounds`);
  for (let q = 0; q < levels; q++) {
    const book = `${name}.vq.layers.${q}._codebook`;
    const sums = await model.readTensorF32(`${book}.embedding_sum`);
    const usage = await model.readTensorF32(`${book}.cluster_usage`);
    const at = centroids + q * bins * D * 4;
    const rows = host.arena.f32.subarray(at / 4, at / 4 + bins * D);
    for (let c = 0; c < bins; c++) {
      const used = Math.fround(Math.max(usage[c] ?? 0, MIN_USAGE));
      for (let i = c * D; i < (c + 1) * D; i++) rows[i] = (sums[i] ?? 0) / used;
    }
    release(sums);
    release(usage);
    host.kernels.rvq_sketch(at, bins, D, sketch + q * size.sketch, bounds + q * size.bounds);
  }
  return { project: await loadMatrixF32(host, model, `${name}.input_proj.weight`), levels, centroids, sketch, bounds };
}
