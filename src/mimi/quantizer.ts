/** The last stages of the encoder: downsampling to 12.5 Hz and the split residual vector quantiser. */
import type { MimiConfig } from '../model/config.js';
import { roundedFloats } from '../wasm/scratch.js';
import { parallel, type Frame } from './frame.js';
import { BatchedConv } from './batched-conv.js';
import { rvqSize, type Rvq } from './codebooks.js';
import type { MimiWeights } from './weights.js';

/** Pointers to the quantiser's input and output. */
interface QuantiserBuffers {
  /** [slots, dimension] f32 */
  readonly latents: number;
  /** [slots, nQ] u32 */
  readonly codes: number;
}

/**
 * x [slots, stride, M] f32 at 25 Hz → latents [slots, M] at 12.5 Hz. Padded with the stream's first vector, not with zeros.
 * `positions` [slots] u32: 25 Hz steps before this frame.
 */
export function planDownsample(
  frames: readonly [Frame, ...Frame[]],
  w: MimiWeights,
  stride: number,
  x: number,
  M: number,
  positions: number,
  latents: number,
): void {
  const [first] = frames;
  const down = new BatchedConv(first, 'downsample', w.down, 1, latents);
  const bytes = stride * M * 4;
  parallel(frames, (frame, slot) => {
    const { plan } = frame;
    const window = frame.window('downsample', w.down.taps - stride, stride, M);
    const position = positions + 4 * slot;
    frame.restore(window);
    plan.op('copy', { from: x + slot * bytes, to: window.rows, bytes });
    plan.op('repeat', { from: window.rows, to: window.head, bytes: M * 4, times: window.carry, position });
    frame.save(window);
    down.gather(frame, slot, window);
  });
  down.multiply(first, frames.length);
}

/** latents [slots, M] → codes [slots, nQ]. Both halves see the same latent: the acoustic one does not see the semantic residual. */
export function planQuantizer(
  frames: readonly [Frame, ...Frame[]],
  w: MimiWeights,
  config: MimiConfig['quantizer'],
  { latents, codes }: QuantiserBuffers,
): void {
  const [first] = frames;
  const { plan } = first;
  const { dimension: D, bins } = config;
  const nQ = w.semantic.levels + (w.acoustic?.levels ?? 0);
  const projected = first.perSlot('projected', D);
  const { sketch: sketchBytes, bounds: boundsBytes, groups } = rvqSize(bins, D);
  const half = ({ project, levels, centroids: C, sketch, bounds }: Rvq, from: number): void => {
    const { K, N, weights: W } = project;
    const y = projected;
    plan.op('gemm', {
      x: latents,
      xStride: K * 4,
      M: frames.length,
      W,
      K,
      N,
      bias: 0,
      scale: 0,
      y,
      yStride: N * 4,
      add: 0,
    });
    for (let l = 0; l < levels; l++) {
      const level = { C: C + 4 * l * bins * D, bounds: bounds + l * boundsBytes };
      // Level by level, so that the second slot finds the level's sketch in the cache.
      parallel(frames, ({ scratch }, slot) => {
        const x = projected + slot * D * 4;
        const code = codes + 4 * (slot * nQ + from + l);
        const scores = scratch.f32('scores of centroids', groups * 4);
        const rounded = scratch.perPart('rounded', roundedFloats(D));
        plan.op('rvq_scores', { x, sketch: sketch + l * sketchBytes, D, scores, rounded, from: 0, to: groups });
        plan.op('rvq_choose', { x, ...level, code, bins, D, scores, rounded });
      });
    }
  };
  half(w.semantic, 0);
  if (w.acoustic) half(w.acoustic, w.semantic.levels);
}
