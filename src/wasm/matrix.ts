/** A weight matrix in WASM memory, and the kernel calls that multiply by it. */
import { isQuantised, type MatrixType } from '../model/tensor-types.js';
import type { PlanBuilder } from './plan.js';

/** W [N, K], packed by src/wasm/pack.ts. */
export interface Matrix {
  readonly type: MatrixType<'wasm'>;
  readonly N: number;
  readonly K: number;
  readonly weights: number;
}

/** Pointers to int8 activations, see kernels/wasm/quantize.ts. */
export interface Quantised {
  readonly q: number;
  readonly d: number;
  readonly s: number;
}

/** Quantises row `row` of x [rows, K] for `multiply`, if `m` needs it. */
export function prepare(plan: PlanBuilder, m: Matrix, x: number, row: number, { q, d, s }: Quantised): void {
  const { K } = m;
  const blocks = (row * K) / 8;
  if (isQuantised(m.type)) plan.op('quantize', { x: x + 4 * row * K, q: q + row * K, d: d + blocks, s: s + blocks, K });
}

/**
 * y [rows, N] (+)= W·x for the tokens x [rows, K], after `prepare` of each row. Quantised types read W once for all rows; the
 * others multiply row by row, so that a row's result never depends on the number of rows.
 */
export function multiply(
  plan: PlanBuilder,
  m: Matrix,
  x: number,
  y: number,
  rows: number,
  { q, d: dx, s }: Quantised,
  add: 0 | 1 = 0,
): void {
  const { type, N, K, weights: W } = m;
  if (type === 'q8_0') plan.op('matvec_q8_0', { W, q, dx, y, yStride: N * 4, rows, N, K, add });
  else if (type === 'q4_0') plan.op('matvec_q4_0', { W, q, dx, s, y, yStride: N * 4, rows, N, K, add });
  else {
    for (let r = 0; r < rows; r++) {
      const [from, to] = [x + r * K * 4, y + r * N * 4];
      if (type !== 'f32') plan.op(`matvec_${type}`, { W, x: from, y: to, N, K, add });
      // prettier-ignore
      else plan.op('gemm', { x: from, xStride: K * 4, M: 1, W, K, N, bias: 0, scale: 0, y: to, yStride: N * 4, add });
    }
  }
}
