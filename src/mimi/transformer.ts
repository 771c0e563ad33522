/** The codec's transformer: the two 25 Hz vectors of a frame, each seeing the last ten seconds. */
import type { MimiConfig } from '../model/config.js';
import { attentionFloats } from '../wasm/temporaries.js';
import type { Frame } from './frame.js';
import type { MimiWeights } from './weights.js';

/** LayerNorm's epsilon. [moshi] nn.LayerNorm default */
const EPS = 1e-5;

/**
 * x [T, M] f32, in place. Pre-norm, layer scale on both branches, no final norm, no biases in the products.
 * `rotation` [T, D/2, 2] f32; `position` u32: 25 Hz steps before this frame.
 */
export function planTransformer(
  frame: Frame,
  w: MimiWeights,
  config: MimiConfig['transformer'],
  x: number,
  T: number,
  rotation: number,
  position: number,
): void {
  const { plan, scratch } = frame;
  const { dim: M, numHeads: H, context: W, hidden: F } = config;
  const D = M / H;
  const stride = 3 * M * 4;
  const h = scratch.f32('normed', T * M);
  const qkv = scratch.f32('qkv', T * 3 * M);
  const a = scratch.f32('attended', T * M);
  const ffn = scratch.f32('ffn', T * F);
  const scores = scratch.perPart('scores', attentionFloats(W));
  const k = qkv + M * 4;
  const v = k + M * 4;
  // Values lie in strips, as attention reads them: to kv_append, more and narrower heads.
  const strip = D % 16 === 0 ? 16 : D;

  for (const layer of w.layers) {
    const K = frame.state.words(H * W * D);
    const V = frame.state.words(H * W * D);
    plan.op('layer_norm', { x, ...layer.norm1, y: h, rows: T, C: M, eps: EPS });
    product(layer.qkv, h, qkv, 0, 0);
    plan.op('rope', { x: qkv, stride, rotation, rows: T, H, D });
    plan.op('rope', { x: k, stride, rotation, rows: T, H, D });
    plan.op('kv_append', { x: k, stride, cache: K, rows: T, H, D, W, position });
    plan.op('kv_append', { x: v, stride, cache: V, rows: T, H: (H * D) / strip, D: strip, W, position });
    plan.op('attention', { q: qkv, stride, K, V, y: a, scores, rows: T, H, D, W, position, from: 0, to: H });
    product(layer.out, a, x, layer.scale1, 1);
    plan.op('layer_norm', { x, ...layer.norm2, y: h, rows: T, C: M, eps: EPS });
    product(layer.ffnIn, h, ffn, 0, 0);
    plan.op('gelu', { x: ffn, n: T * F });
    product(layer.ffnOut, ffn, x, layer.scale2, 1);
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
      M: T,
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
