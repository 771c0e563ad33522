/**
 * The definition of the convolution kernels: a causal convolution. x [T, C] → [T/stride, N]; W [N, C, taps], bias [N].
 * `past` [taps − stride, C]: the rows before x, zeros at the start of a stream.
 */
export function conv1d(
  x: Float32Array,
  past: Float32Array,
  W: Float32Array,
  bias: Float32Array | undefined,
  { T, C, N, taps, stride }: { T: number; C: number; N: number; taps: number; stride: number },
): Float32Array {
  const y = new Float32Array((T / stride) * N);
  const at = (t: number, c: number): number => (t < 0 ? past[(t + taps - stride) * C + c]! : x[t * C + c]!);
  for (let o = 0; o < T / stride; o++) {
    for (let n = 0; n < N; n++) {
      let sum = bias ? bias[n]! : 0;
      for (let j = 0; j < taps; j++) {
        for (let c = 0; c < C; c++) sum += W[(n * C + c) * taps + j]! * at(o * stride + j - (taps - stride), c);
      }
      y[o * N + n] = sum;
    }
  }
  return y;
}
