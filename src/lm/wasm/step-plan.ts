/** Plans one step of the language model for a few streams, as a list of kernel calls. Letters: docs/model.md. */
import type { LmConfig } from '../../model/config.js';
import type { Scratch } from '../../wasm/state-blocks.js';
import { multiply, prepare, type Matrix, type Quantised } from '../../wasm/matrix.js';
import type { PlanBuilder } from '../../wasm/plan.js';
import { ringFloats } from '../../wasm/scratch.js';
import type { MatrixInputs } from './matrix-inputs.js';
import type { Rings } from './rings.js';
import type { LmLayer, LmWeights } from './weights.js';

/** RMSNorm's epsilon. [moshi] rms_norm_f32 */
const EPS = 1e-8;

/** Pointers to the inputs and outputs of a step. The stream in slot r has row r of each. */
export interface StepLayout {
  /** [R, K] u32, written by the host before each step. */
  readonly codes: number;
  /** [R, D/2, 2] f32, written by the host before each step. */
  readonly rotation: number;
  /** [R, 2] u32: the stream's rings and its position, written by the host before each step. */
  readonly slots: number;
  /** [R, 2]: u32 token, f32 probability. In: the token of the step before; out: the next one. */
  readonly token: number;
  /** [R, V] f32 */
  readonly logits: number;
  /** [R, heads, classes] f32, probabilities. */
  readonly pause: number;
}

interface Buffers extends StepLayout {
  readonly x: number;
  readonly h: number;
  readonly qkv: number;
  readonly a: number;
  readonly gateUp: number;
  readonly ffn: number;
  /** Of each slot. */
  readonly scores: readonly number[];
  readonly int8: Quantised;
}

/** Allocates the buffers of steps of up to R streams, shared by all streams. */
export function stepBuffers(scratch: Scratch, config: LmConfig, R: number): Buffers {
  const { dim: M, hidden: F, textCard: V, nQ: K, context: W, numHeads: H, pauseHeads, pauseClasses } = config;
  const widest = Math.max(M, F);
  return {
    codes: scratch.f32('codes', R * K),
    rotation: scratch.f32('rotation', (R * M) / H),
    slots: scratch.f32('slots', R * 2),
    token: scratch.f32('token', R * 2),
    logits: scratch.f32('logits', R * V),
    pause: scratch.f32('pause', R * Math.max(1, pauseHeads * pauseClasses)),
    x: scratch.f32('x', R * M),
    h: scratch.f32('h', R * M),
    qkv: scratch.f32('qkv', R * 3 * M),
    a: scratch.f32('a', R * M),
    gateUp: scratch.f32('gateUp', R * 2 * F),
    ffn: scratch.f32('ffn', R * F),
    scores: Array.from({ length: R }, (_, r) => scratch.forBranch(r).perPart('scores', ringFloats(W, M / H))),
    int8: {
      q: scratch.f32('int8', Math.ceil((R * widest) / 4)),
      d: scratch.f32('int8 scales', Math.ceil((R * widest) / 32)),
      s: scratch.f32('int8 sums', Math.ceil((R * widest) / 32)),
    },
  };
}

/** Plans the step of `rows` streams, in the first slots of `s`. `inputs` records what the matrices are multiplied with. */
export function planStep(
  plan: PlanBuilder,
  s: Buffers,
  config: LmConfig,
  w: LmWeights,
  rings: Rings,
  rows: number,
  inputs?: MatrixInputs,
): void {
  const { dim: M, textCard: V, nQ: K } = config;
  plan.parallel(rows, (r) => {
    const y = s.x + r * M * 4;
    plan.op('clear', { to: y, bytes: M * 4 });
    for (const [q, { op, table, stride, rows: entries }] of w.audio.entries())
      plan.op(op, { table, stride, index: s.codes + 4 * (r * K + q), rows: entries, y, M });
    plan.op(w.text.op, { table: w.text.table, stride: w.text.stride, index: s.token + 8 * r, rows: w.text.rows, y, M }); // x [R, M]
  });
  for (const [l, layer] of w.layers.entries()) planLayer(plan, config, layer, s, rings, l, rows, inputs);
  plan.parallel(rows, (r) => {
    planNorm(plan, s, w.outNorm, M, r);
    prepare(plan, w.head, s.h, r, s.int8);
  });
  inputs?.record(plan, 'text_linear.weight', s.h, M);
  multiply(plan, w.head, s.h, s.logits, rows, s.int8); // logits [R, V]
  plan.parallel(rows, (r) => {
    plan.op('argmax', { x: s.logits + r * V * 4, n: V, out: s.token + 8 * r });
    if (w.pause) prepare(plan, w.pause, s.h, r, s.int8);
  });
  if (w.pause) {
    multiply(plan, w.pause, s.h, s.pause, rows, s.int8);
    plan.op('softmax', { x: s.pause, rows: rows * config.pauseHeads, n: config.pauseClasses });
  }
}

/** h = RMSNorm(x) of row `r`. */
function planNorm(plan: PlanBuilder, { x, h }: Buffers, w: number, C: number, r: number): void {
  const at = r * C * 4;
  plan.op('rms_norm', { x: x + at, w, y: h + at, rows: 1, C, eps: EPS });
}

// prettier-ignore
function planLayer(plan: PlanBuilder, config: LmConfig, w: LmLayer, s: Buffers, rings: Rings, l: number, rows: number, inputs?: MatrixInputs): void {
  const { dim: M, numHeads: H, context: W, hidden: F } = config;
  const D = M / H;
  const stride = 3 * M * 4;
  const { K = 0, V = 0 } = rings.layers[l] ?? {};
  const rounded = rings.rounded ? 1 : 0;
  const linear = (name: string, m: Matrix, x: number, y: number, add: 0 | 1): void => {
    inputs?.record(plan, `transformer.layers.${l}.${name}`, x, m.K);
    multiply(plan, m, x, y, rows, s.int8, add);
  };

  plan.parallel(rows, (r) => {
    planNorm(plan, s, w.norm1, M, r);                                                               // h      [R, M]
    prepare(plan, w.qkv, s.h, r, s.int8);
  });
  linear('self_attn.in_proj_weight', w.qkv, s.h, s.qkv, 0);                                                                     // qkv    [R, 3, H, D]
  plan.parallel(rows, (r) => {
    const q = s.qkv + r * stride;
    const [k, v] = [q + M * 4, q + 2 * M * 4];
    const of = { stride, slots: s.slots + 8 * r, rows: 1, H, D, W, rounded };
    const rotation = s.rotation + r * D * 4;
    const scores = s.scores[r]!;
    plan.op('rope', { x: q, stride, rotation, rows: 1, H, D });
    plan.op('rope', { x: k, stride, rotation, rows: 1, H, D });                                     // before the ring: keys are stored rotated
    plan.op('ring_append', { ...of, x: k, ring: K, values: 0 });                                    // row t mod W
    plan.op('ring_append', { ...of, x: v, ring: V, values: 1 });
    plan.op('ring_attention', { ...of, q, K, V, y: s.a + r * M * 4, scores, from: 0, to: H });      // a      [R, H, D]
    prepare(plan, w.out, s.a, r, s.int8);
  });
  linear('self_attn.out_proj.weight', w.out, s.a, s.x, 1);                                                                       // x     += out·a
  plan.parallel(rows, (r) => {
    planNorm(plan, s, w.norm2, M, r);
    prepare(plan, w.ffnIn, s.h, r, s.int8);
  });
  linear('gating.linear_in.weight', w.ffnIn, s.h, s.gateUp, 0);                                                                // gateUp [R, 2, F]
  plan.parallel(rows, (r) => {
    const gate = s.gateUp + r * 8 * F;
    plan.op('swiglu', { gate, up: gate + F * 4, stride: 8 * F, y: s.ffn + r * F * 4, yStride: 4 * F, rows: 1, n: F }); // ffn [R, F]
    prepare(plan, w.ffnOut, s.ffn, r, s.int8);
  });
  linear('gating.linear_out.weight', w.ffnOut, s.ffn, s.x, 1);                                                                  // x     += ffnOut·ffn
}
