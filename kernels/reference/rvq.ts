/**
 * The definition of rvq.ts. x [D], centroids [L, bins, D] → codes [L] and what no level explained [D].
 * Distances in f64; the first of equals wins.
 */
export function rvq(
  x: Float32Array,
  centroids: Float32Array,
  L: number,
  bins: number,
  D: number,
): { codes: number[]; residual: Float32Array } {
  const residual = x.slice();
  const codes: number[] = [];
  for (let l = 0; l < L; l++) {
    let chosen = 0;
    let least = Infinity;
    for (let c = 0; c < bins; c++) {
      let distance = 0;
      for (let i = 0; i < D; i++) distance += (residual[i]! - centroids[(l * bins + c) * D + i]!) ** 2;
      if (distance < least) [least, chosen] = [distance, c];
    }
    codes.push(chosen);
    for (let i = 0; i < D; i++) residual[i]! -= centroids[(l * bins + chosen) * D + i]!;
  }
  return { codes, residual };
}
