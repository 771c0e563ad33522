/** The definitions of norm.ts: layer_norm and rms_norm, x [rows, C] → [rows, C]. */

export function layerNorm(x: Float32Array, w: Float32Array, b: Float32Array, C: number, eps: number): Float32Array {
  return byRow(x, C, (row) => {
    const mean = row.reduce((sum, v) => sum + v, 0) / C;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / C;
    return row.map((v, i) => ((v - mean) / Math.sqrt(variance + eps)) * w[i]! + b[i]!);
  });
}

export function rmsNorm(x: Float32Array, w: Float32Array, C: number, eps: number): Float32Array {
  return byRow(x, C, (row) => {
    const square = row.reduce((sum, v) => sum + v * v, 0) / C;
    return row.map((v, i) => (v * w[i]!) / Math.sqrt(square + eps));
  });
}

function byRow(x: Float32Array, C: number, f: (row: number[]) => number[]): Float32Array {
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += C) y.set(f(Array.from(x.subarray(at, at + C))), at);
  return y;
}
