/** The codec's transformer: the two 25 Hz vectors of a frame, each seeing the last ten seconds of its own stream. */
import type { MimiConfig } from '../model/config.js';
import { attentionFloats } from '../wasm/temporaries.js';
import type { Frame } from './frame.js';
import type { MimiWeights } from './weights.js';

/** LayerNorm's epsilon. [moshi] nn.LayerNorm default */
const EPS = 1e-5;

/**
 * x [seats, T, M] f32, in place. Pre-norm, layer scale on both branches, no final norm, no biases in the products.
 * `rotation` [seats, T, D/2, 2] f32; `positions` [seats] u32: 25 Hz steps before this frame.
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
  const { plan, scratch } = frame;
  const rows = frames.length * T;
  const { dim: M, numHeads: H, context: W, hidden: F } = config;
  const D = M / H;
  const stride = 3 * M * 4;
  const h = frame.everySeat('normed', T * M);
  const qkv = frame.everySeat('qkv', T * 3 * M);
  const a = frame.everySeat('attended', T * M);
  const ffn = frame.everySeat('ffn', T * F);
  const scores = scratch.perPart('scores', attentionFloats(W));
  const k = qkv + M * 4;
  const v = k + M * 4;
  // Values lie in strips, as attention reads them: to kv_append, more and narrower heads.
  const strip = D % 16 === 0 ? 16 : D;

  for (const layer of w.layers) {
    plan.op('layer_norm', { x, ...layer.norm1, y: h, rows, C: M, eps: EPS });
    product(layer.qkv, h, qkv, 0, 0);
    plan.op('rope', { x: qkv, stride, rotation, rows, H, D });
    plan.op('rope', { x: k, stride, rotation, rows, H, D });
    for (const [seat, { state }] of frames.entries()) {
      const K = state.words(H * W * D);
      const V = state.words(H * W * D);
      const position = positions + 4 * seat;
      const at = seat * T * stride;
      const y = a + seat * T * M * 4;
      plan.op('kv_append', { x: k + at, stride, cache: K, rows: T, H, D, W, position });
      plan.op('kv_append', { x: v + at, stride, cache: V, rows: T, H: (H * D) / strip, D: strip, W, position });
      plan.op('attention', { q: qkv + at, stride, K, V, y, scores, rows: T, H, D, W, position, from: 0, to: H });
    }
    product(layer.out, a, x, layer.scale1, 1);
    plan.op('layer_norm', { x, ...layer.norm2, y: h, rows, C: M, eps: EPS });
    product(layer.ffnIn, h, ffn, 0, 0);
    plan.op('gelu', { x: ffn, n: rows * F });
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
