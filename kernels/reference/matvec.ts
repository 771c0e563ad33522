/** The definition of the matvec kernels, on decoded weights: y[n] = Σₖ W[n, k]·x[k], in f64. */
export function matvec(W: Float32Array, x: Float32Array, N: number, K: number): Float32Array {
  const y = new Float32Array(N);
  for (let n = 0; n < N; n++) {
    let sum = 0;
    for (let k = 0; k < K; k++) sum += W[n * K + k]! * x[k]!;
    y[n] = sum;
  }
  return y;
}

/** Decodes int8 activations: q[k]·d[k/32]. Quantised matvecs multiply exactly these values; only their last sum rounds. */
export function dequantizeActivations(q: Int8Array, d: Float32Array): Float32Array {
  return Float32Array.from(q, (v, k) => v * d[k >> 5]!);
}
