/** One step of the language model as the kernel calls it replays every 80 ms. Letters: docs/model.md. */
import type { LmConfig } from '../../model/config.js';
import type { Scratch, StateLayout } from '../../wasm/blocks.js';
import { multiply, type Matrix, type Quantised } from '../../wasm/matrix.js';
import type { PlanBuilder } from '../../wasm/plan.js';
import type { LmLayer, LmWeights } from './weights.js';

/** RMSNorm's epsilon. [moshi] rms_norm_f32 */
const EPS = 1e-8;

/** Pointers of one stream's step. */
export interface StepLayout {
  /** [K] u32, written by the host before each step. */
  readonly codes: number;
  /** [D/2, 2] f32, written by the host before each step. */
  readonly rotation: number;
  /** u32, written by the host before each step. */
  readonly position: number;
  /** u32: the token fed to the next step, then f32: its probability. Written by the step, and by the host at the start. */
  readonly token: number;
  /** [V] f32 */
  readonly logits: number;
  /** [heads, classes] f32, probabilities. */
  readonly pause: number;
}

interface Buffers {
  readonly x: number;
  readonly h: number;
  readonly qkv: number;
  readonly a: number;
  readonly gateUp: number;
  readonly ffn: number;
  readonly scores: number;
  readonly int8: Quantised;
}

export function planStep(
  plan: PlanBuilder,
  scratch: Scratch,
  state: StateLayout,
  config: LmConfig,
  w: LmWeights,
): StepLayout {
  const { dim: M, hidden: F, textCard: V, nQ: K, context: W, numHeads: H } = config;
  const at: StepLayout = {
    codes: scratch.f32('codes', K),
    rotation: scratch.f32('rotation', M / H),
    position: state.words(1),
    token: state.words(2),
    logits: scratch.f32('logits', V),
    pause: scratch.f32('pause', Math.max(1, config.pauseHeads * config.pauseClasses)),
  };
  const widest = Math.max(M, F);
  const s: Buffers = {
    x: scratch.f32('x', M),
    h: scratch.f32('h', M),
    qkv: scratch.f32('qkv', 3 * M),
    a: scratch.f32('a', M),
    gateUp: scratch.f32('gateUp', 2 * F),
    ffn: scratch.f32('ffn', F),
    scores: scratch.f32('scores', W),
    int8: {
      q: scratch.f32('int8', Math.ceil(widest / 4)),
      d: scratch.f32('int8 scales', Math.ceil(widest / 32)),
      s: scratch.f32('int8 sums', Math.ceil(widest / 32)),
    },
  };

  plan.op('clear', { to: s.x, bytes: M * 4 });
  for (const [q, { op, table, rows }] of w.audio.entries())
    plan.op(op, { table, index: at.codes + 4 * q, rows, y: s.x, M });
  plan.op(w.text.op, { table: w.text.table, index: at.token, rows: w.text.rows, y: s.x, M }); // x [M]
  for (const layer of w.layers) planLayer(plan, state, config, layer, s, at);
  plan.op('rms_norm', { x: s.x, w: w.outNorm, y: s.h, rows: 1, C: M, eps: EPS });
  multiply(plan, w.head, s.h, at.logits, 1, s.int8); // logits [V]
  plan.op('argmax', { x: at.logits, n: V, out: at.token });
  if (w.pause) {
    multiply(plan, w.pause, s.h, at.pause, 1, s.int8);
    plan.op('softmax', { x: at.pause, rows: config.pauseHeads, n: config.pauseClasses });
  }
  return at;
}

// prettier-ignore
function planLayer(plan: PlanBuilder, state: StateLayout, config: LmConfig, w: LmLayer, s: Buffers, at: StepLayout): void {
  const { dim: M, numHeads: H, context: W, hidden: F } = config;
  const D = M / H;
  const stride = 3 * M * 4;
  const { rotation, position } = at;
  const K = state.words(H * W * D);
  const V = state.words(H * W * D);
  const k = s.qkv + M * 4;
  const v = k + M * 4;
  const linear = (m: Matrix, x: number, y: number, add: 0 | 1): void => { multiply(plan, m, x, y, 1, s.int8, add); };

  plan.op('rms_norm', { x: s.x, w: w.norm1, y: s.h, rows: 1, C: M, eps: EPS });                     // h      [M]
  linear(w.qkv, s.h, s.qkv, 0);                                                                     // qkv    [3, H, D]
  plan.op('rope', { x: s.qkv, stride, rotation, rows: 1, H, D });                                   // q
  plan.op('rope', { x: k, stride, rotation, rows: 1, H, D });                                       // k, before the cache: keys are stored rotated
  plan.op('kv_append', { x: k, stride, cache: K, rows: 1, H, D, W, position });                     // row t mod W
  plan.op('kv_append', { x: v, stride, cache: V, rows: 1, H, D, W, position });
  plan.op('attention', { q: s.qkv, stride, K, V, y: s.a, scores: s.scores, rows: 1, H, D, W, position }); // a [H, D]
  linear(w.out, s.a, s.x, 1);                                                                       // x     += out·a
  plan.op('rms_norm', { x: s.x, w: w.norm2, y: s.h, rows: 1, C: M, eps: EPS });
  linear(w.ffnIn, s.h, s.gateUp, 0);                                                                // gateUp [2, F]
  plan.op('swiglu', { gateUp: s.gateUp, y: s.ffn, F });                                             // ffn    [F]
  linear(w.ffnOut, s.ffn, s.x, 1);                                                                  // x     += ffnOut·ffn
}
