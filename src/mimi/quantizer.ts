/** Downsampling to 12.5 Hz and the split residual vector quantiser. */
import type { MimiConfig } from '../model/config.js';
import { roundedFloats } from '../wasm/temporaries.js';
import { planConv } from './conv.js';
import type { Frame } from './frame.js';
import { rvqSize, type Rvq } from './codebooks.js';
import type { MimiWeights } from './weights.js';

/** Where the frame's answer lies. */
export interface Quantised {
  /** [dimension] f32 */
  readonly latent: number;
  /** [nQ] u32 */
  readonly codes: number;
}

/** x [stride, M] f32 at 25 Hz → one latent [M] at 12.5 Hz. Padded with the stream's first vector, not with zeros. */
export function planDownsample(
  frame: Frame,
  w: MimiWeights,
  stride: number,
  x: number,
  M: number,
  position: number,
  latent: number,
): void {
  const { plan } = frame;
  const window = frame.window('downsample', w.down.taps - stride, stride, M);
  frame.bring(window);
  plan.op('copy', { from: x, to: window.rows, bytes: stride * M * 4 });
  plan.op('repeat', { from: window.rows, to: window.head, bytes: M * 4, times: window.carry, position });
  frame.keep(window);
  planConv(frame, w.down, window, { y: latent });
}

/** latent [M] → codes [nQ]. Both halves see the same latent: the acoustic one does not see the semantic residual. */
export function planQuantizer(
  frame: Frame,
  w: MimiWeights,
  config: MimiConfig['quantizer'],
  { latent, codes }: Quantised,
): void {
  const { plan, scratch } = frame;
  const { dimension: D, bins } = config;
  const x = scratch.f32('projected', D);
  const { sketch: sketchBytes, bounds: boundsBytes, groups } = rvqSize(bins, D);
  const scores = scratch.f32('scores of centroids', groups * 4);
  const rounded = scratch.perPart('rounded', roundedFloats(D));
  const half = ({ project, levels, centroids: C, sketch, bounds }: Rvq, to: number): void => {
    const { K, N, weights: W } = project;
    plan.op('gemm', { x: latent, xStride: K * 4, M: 1, W, K, N, bias: 0, scale: 0, y: x, yStride: N * 4, add: 0 });
    for (let l = 0; l < levels; l++) {
      plan.op('rvq_scores', { x, sketch: sketch + l * sketchBytes, D, scores, rounded, from: 0, to: groups });
      const level = { C: C + 4 * l * bins * D, bounds: bounds + l * boundsBytes, code: to + 4 * l };
      plan.op('rvq_choose', { x, ...level, bins, D, scores, rounded });
    }
  };
  half(w.semantic, codes);
  if (w.acoustic) half(w.acoustic, codes + 4 * w.semantic.levels);
}
