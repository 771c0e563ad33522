/** The definition of attention.ts, without a ring: it receives every key and value of the stream so far. */

/**
 * `rows` queries q [rows, H, D] of positions t … t + rows − 1 over k, v [t + rows, H, D] → [rows, H, D].
 * A ring of W rows holds positions t + rows − W … t + rows − 1; a query sees those up to its own.
 */
export function attention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  t: number,
  rows: number,
  H: number,
  D: number,
  W: number,
): Float32Array {
  const y = new Float32Array(rows * H * D);
  const oldest = Math.max(0, t + rows - W);
  for (let r = 0; r < rows; r++) {
    for (let h = 0; h < H; h++) {
      const head = (p: number): number => (p * H + h) * D;
      const scores: number[] = [];
      for (let p = oldest; p <= t + r; p++) {
        let dot = 0;
        for (let d = 0; d < D; d++) dot += q[head(r) + d]! * k[head(p) + d]!;
        scores.push(dot / Math.sqrt(D));
      }
      const peak = Math.max(...scores);
      const weights = scores.map((s) => Math.exp(s - peak));
      const sum = weights.reduce((a, b) => a + b, 0);
      for (let d = 0; d < D; d++) {
        y[head(r) + d] = weights.reduce((total, w, i) => total + w * v[head(oldest + i) + d]!, 0) / sum;
      }
    }
  }
  return y;
}
