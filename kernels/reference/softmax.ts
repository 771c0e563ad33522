/** The definitions of softmax.ts. */

/** x [rows, n] → probabilities. */
export function softmax(x: Float32Array, n: number): Float32Array {
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += n) {
    const row = Array.from(x.subarray(at, at + n));
    const peak = Math.max(...row);
    const sum = row.reduce((total, v) => total + Math.exp(v - peak), 0);
    y.set(
      row.map((v) => Math.exp(v - peak) / sum),
      at,
    );
  }
  return y;
}

/** The first index of the largest finite number, and its probability; undefined if no number is finite. */
export function argmax(x: Float32Array): { token: number; probability: number } | undefined {
  const finite = Array.from(x).filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  const token = x.indexOf(Math.max(...finite));
  return { token, probability: 1 / x.reduce((total, v) => total + Math.exp(v - x[token]!), 0) };
}
