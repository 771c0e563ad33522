/** The codec's transformer, over the two 25 Hz vectors of a frame. Each attends to the last ten seconds of its stream. */
import type { MimiConfig } from '../model/config.js';
import { attentionFloats } from '../wasm/scratch.js';
import { parallel, type Frame } from './frame.js';
import type { MimiWeights } from './weights.js';

/** LayerNorm's epsilon. [moshi] nn.LayerNorm default */
const EPS = 1e-5;

/**
 * x [slots, T, M] f32, in place. Pre-norm, layer scale on both branches, no final norm, no biases in the products.
 * `rotation` [slots, T, D/2, 2] f32; `positions` [slots] u32: 25 Hz steps before this frame.
 */
export function planTransformer(
  frames: readonly [Frame, ...Frame[]],
  w: MimiWeights,
  config: MimiConfig['transformer'],
  x: number,
  T: number,
  rotation: number,
  positions: number,
): void {
  const [frame] = frames;
  const { plan } = frame;
  const rows = frames.length * T;
  const { dim: M, numHeads: H, context: W, hidden: F } = config;
  const D = M / H;
  const stride = 3 * M * 4;
  const h = frame.perSlot('normed', T * M);
  const qkv = frame.perSlot('qkv', T * 3 * M);
  const a = frame.perSlot('attended', T * M);
  const ffn = frame.perSlot('ffn', T * F);
  // attention.ts reads values in strips of columns; to kv_append a strip is a narrower head.
  const strip = D % 16 === 0 ? 16 : D;

  for (const layer of w.layers) {
    norm(layer.norm1);
    product(layer.qkv, h, qkv, 0, 0);
    parallel(frames, ({ state, scratch }, slot) => {
      const scores = scratch.perPart('scores', attentionFloats(W));
      const K = state.words(H * W * D);
      const V = state.words(H * W * D);
      const position = positions + 4 * slot;
      const q = qkv + slot * T * stride;
      const [k, v] = [q + M * 4, q + 2 * M * 4];
      const y = a + slot * T * M * 4;
      const rotated = { stride, rotation: rotation + slot * T * D * 4, rows: T, H, D };
      plan.op('rope', { ...rotated, x: q });
      plan.op('rope', { ...rotated, x: k });
      plan.op('kv_append', { x: k, stride, cache: K, rows: T, H, D, W, position });
      plan.op('kv_append', { x: v, stride, cache: V, rows: T, H: (H * D) / strip, D: strip, W, position });
      plan.op('attention', { q, stride, K, V, y, scores, rows: T, H, D, W, position, from: 0, to: H });
    });
    product(layer.out, a, x, layer.scale1, 1);
    norm(layer.norm2);
    product(layer.ffnIn, h, ffn, 0, 0);
    parallel(frames, (_, slot) => plan.op('gelu', { x: ffn + slot * T * F * 4, n: T * F }));
    product(layer.ffnOut, ffn, x, layer.scale2, 1);
  }

  function norm(of: (typeof w.layers)[number]['norm1']): void {
    parallel(frames, (_, slot) => {
      const at = slot * T * M * 4;
      plan.op('layer_norm', { x: x + at, ...of, y: h + at, rows: T, C: M, eps: EPS });
    });
  }

  function product(
    m: { weights: number; N: number; K: number },
    from: number,
    y: number,
    scale: number,
    add: 0 | 1,
  ): void {
    plan.op('gemm', {
      x: from,
      xStride: m.K * 4,
      M: rows,
      W: m.weights,
      K: m.K,
      N: m.N,
      bias: 0,
      scale,
      y,
      yStride: m.N * 4,
      add,
    });
  }
}
