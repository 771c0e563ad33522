/** Loads the quantiser's centroids into WASM memory: in f32 for the exact choice, in int8 for the search. */
import type { MimiConfig } from '../model/config.js';
import type { Model } from '../model/model.js';
import { SttError } from '../errors.js';
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
  /** Entries that are never nearest, because the file's numbers for them are not finite. */
  readonly unusable: number;
}

/** Below this an entry of a codebook counts as unused. [moshi] EuclideanCodebook.epsilon */
const MIN_USAGE = 1e-5;
/** In place of an entry that must not be chosen: further than any residual, and its square is still an f32. */
const FAR = 1e12;

/** Sizes of one level in kernels/wasm/rvq.ts: bytes of sketch and bounds, groups of four centroids. */
export function rvqSize(bins: number, D: number): { sketch: number; bounds: number; groups: number } {
  const [groups, cells] = [Math.ceil(bins / 4), Math.ceil(D / 4)];
  return { sketch: groups * cells * 16, bounds: groups * 48, groups };
}

/**
 * Loads one half. Centroid = embedding_sum / max(cluster_usage, 1e-5): checkpoints store the running sums of training. In files
 * that were cast to f16 whole, sums over 65 504 are infinite; a usage that has become 0 was below the least one that counts. Throws
 * `model-invalid` if a level has no usable entry.
 */
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
  let unusable = 0;
  for (let q = 0; q < levels; q++) {
    const book = `${name}.vq.layers.${q}._codebook`;
    const sums = await model.readTensorF32(`${book}.embedding_sum`);
    const usage = await model.readTensorF32(`${book}.cluster_usage`);
    const at = centroids + q * bins * D * 4;
    const rows = host.arena.f32.subarray(at / 4, at / 4 + bins * D);
    let lost = 0;
    for (let c = 0; c < bins; c++) {
      const uses = usage[c] ?? 0;
      const used = Math.fround(Math.max(uses, MIN_USAGE));
      const row = rows.subarray(c * D, (c + 1) * D);
      for (let i = 0; i < D; i++) row[i] = (sums[c * D + i] ?? 0) / used;
      if (Number.isFinite(uses) && row.every(Number.isFinite)) continue;
      row.fill(0);
      row[0] = FAR;
      lost++;
    }
    if (lost === bins)
      throw new SttError('model-invalid', `${model.name}: ${book} has no usable entry, expected ${bins}`);
    unusable += lost;
    release(sums);
    release(usage);
    host.kernels.rvq_sketch(at, bins, D, sketch + q * size.sketch, bounds + q * size.bounds);
  }
  return {
    project: await loadMatrixF32(host, model, `${name}.input_proj.weight`),
    levels,
    centroids,
    sketch,
    bounds,
    unusable,
  };
}
