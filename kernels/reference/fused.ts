/** The definitions of the fused WGSL kernels, composed of those of the plain ones. One session, decoded weights. */
import { swiglu } from './elementwise.js';
import { matvec } from './matvec.js';
import { rope } from './rope.js';

/** Rounds activations as the kernel does before it multiplies; default: no rounding. */
export type Round = (activations: Float32Array) => Float32Array;

/** W [N, K] decoded, and the norm before it: α [K], ε. */
export interface Normed {
  readonly W: Float32Array;
  readonly alpha: Float32Array;
  readonly eps: number;
  readonly round?: Round;
}

/** W·norm(x): x [M] → [N]; divides after the product, like the part norm. norm_head.wgsl. */
export function normLinear(x: Float32Array, { W, alpha, eps, round = (a) => a }: Normed): Float32Array {
  const K = x.length;
  const square = x.reduce((sum, v) => sum + v * v, 0) / K;
  const y = matvec(W, round(x.map((v, k) => v * alpha[k]!)), W.length / K, K);
  return y.map((v) => v / Math.sqrt(square + eps));
}

/**
 * x [H·D] → q, k rotated by `rotation` [D/2, 2], and v, each [H, D]; q divided by √D. norm_qkv.wgsl.
 */
export function normQkv(
  x: Float32Array,
  weights: Normed,
  rotation: Float32Array,
  H: number,
  D: number,
): { q: Float32Array; k: Float32Array; v: Float32Array } {
  const qkv = normLinear(x, weights);
  const part = (i: number): Float32Array => qkv.slice(i * H * D, (i + 1) * H * D);
  return {
    q: rope(part(0), rotation, 1, H, D).map((value) => value / Math.sqrt(D)),
    k: rope(part(1), rotation, 1, H, D),
    v: part(2),
  };
}

/**
 * One head's rows [count, D] of keys and values against q [D], already divided by √D: the largest score, the sum of
 * exponentials, and the weighted sum of values before the division. attention_split.wgsl, for one head and one split.
 */
export function attentionPart(
  q: Float32Array,
  keys: Float32Array,
  values: Float32Array,
): { peak: number; total: number; mixed: Float32Array } {
  const D = q.length;
  const rows = keys.length / D;
  const scores = Array.from({ length: rows }, (_, j) => q.reduce((sum, v, d) => sum + v * keys[j * D + d]!, 0));
  const peak = Math.max(-3e38, ...scores);
  const weights = scores.map((s) => Math.exp(s - peak));
  const mixed = new Float32Array(D).map((_, d) => weights.reduce((sum, w, j) => sum + w * values[j * D + d]!, 0));
  return { peak, total: weights.reduce((a, b) => a + b, 0), mixed };
}

/** Parts of one head → the head's [D] of attention. The prologue of merge_out.wgsl. */
export function mergeParts(parts: readonly ReturnType<typeof attentionPart>[]): Float32Array {
  const peak = Math.max(...parts.map((part) => part.peak));
  const shares = parts.map((part) => Math.exp(part.peak - peak));
  const total = parts.reduce((sum, part, s) => sum + shares[s]! * part.total, 0);
  return parts[0]!.mixed.map((_, d) => parts.reduce((sum, { mixed }, s) => sum + shares[s]! * mixed[d]!, 0) / total);
}

/** x [N] + W·a. merge_out.wgsl after its prologue, and linear_add.wgsl. */
export function linearAdd(x: Float32Array, W: Float32Array, a: Float32Array, round: Round = (v) => v): Float32Array {
  const y = matvec(W, round(a), x.length, a.length);
  return x.map((v, n) => v + y[n]!);
}

/** x [M] → [F]; W has the gate's rows first. norm_gate.wgsl. */
export function normGate(x: Float32Array, weights: Normed): Float32Array {
  return swiglu(normLinear(x, weights));
}
