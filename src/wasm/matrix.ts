/** A weight matrix in WASM memory, in the layout of the kernel that multiplies it fastest. */
import type { PlanBuilder } from './plan.js';

export type MatrixType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0';

/** W [N, K] as src/wasm/pack.ts laid it out. */
export interface Matrix {
  readonly type: MatrixType;
  readonly N: number;
  readonly K: number;
  readonly weights: number;
}

/** Where a quantised product finds its int8 activations: see kernels/wasm/quantize.ts. */
export interface Quantised {
  readonly q: number;
  readonly d: number;
  readonly s: number;
}

/**
 * y [rows, N] (+)= W·x for the tokens x [rows, K]. The quantised types first turn x into int8, and read W once for all
 * rows; the others multiply row after row, so that a row's result never depends on how many there are.
 */
export function multiply(
  plan: PlanBuilder,
  m: Matrix,
  x: number,
  y: number,
  rows: number,
  int8: Quantised,
  add: 0 | 1 = 0,
): void {
  const { N, K, weights: W } = m;
  const { q, d: dx, s } = int8;
  if (m.type === 'q8_0' || m.type === 'q4_0') {
    plan.op('quantize', { x, q, d: dx, s, K: rows * K });
    if (m.type === 'q8_0') plan.op('matvec_q8_0', { W, q, dx, y, yStride: N * 4, rows, N, K, add });
    else plan.op('matvec_q4_0', { W, q, dx, s, y, yStride: N * 4, rows, N, K, add });
    return;
  }
  for (let r = 0; r < rows; r++) {
    const [from, to] = [x + r * K * 4, y + r * N * 4];
    if (m.type !== 'f32') plan.op(`matvec_${m.type}`, { W, x: from, y: to, N, K, add });
    // prettier-ignore
    else plan.op('gemm', { x: from, xStride: K * 4, M: 1, W, K, N, bias: 0, scale: 0, y: to, yStride: N * 4, add });
  }
}
