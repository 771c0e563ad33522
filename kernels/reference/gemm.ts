/** The definition of gemm.ts: y[m, n] = [y +] scale[n]·(bias[n] + Σₖ x[m·stride + k]·W[n, k]), sums in f64. */
export function gemm(
  x: Float32Array,
  stride: number,
  M: number,
  W: Float32Array,
  N: number,
  K: number,
  { bias, scale, add }: { bias?: Float32Array; scale?: Float32Array; add?: Float32Array } = {},
): Float32Array {
  const y = new Float32Array(M * N);
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      let sum = bias ? bias[n]! : 0;
      for (let k = 0; k < K; k++) sum += x[m * stride + k]! * W[n * K + k]!;
      y[m * N + n] = (add ? add[m * N + n]! : 0) + (scale ? scale[n]! : 1) * sum;
    }
  }
  return y;
}
