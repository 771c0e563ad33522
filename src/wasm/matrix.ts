/** A weight matrix in WASM memory, in the layout of the kernel that multiplies it fastest. */
import type { PlanBuilder } from './plan.js';

export type MatrixType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0';

/** W [N, K] as src/wasm/pack.ts laid it out. */
export interface Matrix {
  readonly type: MatrixType;
  readonly N: number;
  readonly K: number;
  readonly weights: number;
  /** Scale plane of the quantised types, else 0. */
  readonly scales: number;
}

/** Where a quantised product finds its int8 activations. */
export interface Quantised {
  readonly q: number;
  readonly d: number;
  readonly s: number;
}

/** y [N] (+)= W·x for one token. The quantised types first turn x into int8. */
export function multiply(
  plan: PlanBuilder,
  m: Matrix,
  x: number,
  y: number,
  quantised: Quantised,
  add: 0 | 1 = 0,
): void {
  const { N, K, weights: W, scales } = m;
  switch (m.type) {
    case 'f32':
      plan.op('gemm', { x, xStride: K * 4, M: 1, W, K, N, bias: 0, scale: 0, y, yStride: N * 4, add });
      return;
    case 'f16':
    case 'bf16':
      plan.op(`matvec_${m.type}`, { W, x, y, N, K, add });
      return;
    case 'q8_0':
      plan.op('quantize', { x, ...quantised, K });
      plan.op('matvec_q8_0', { W, d: scales, q: quantised.q, dx: quantised.d, y, N, K, add });
      return;
    case 'q4_0':
      plan.op('quantize', { x, ...quantised, K });
      plan.op('matvec_q4_0', { W, d: scales, q: quantised.q, dx: quantised.d, s: quantised.s, y, N, K, add });
  }
}
