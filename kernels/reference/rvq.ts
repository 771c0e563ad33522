/**
 * The definition of rvq.ts. x [D], centroids [L, bins, D] → codes [L] and the residual [D].
 * Distances in f64; ties go to the first.
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

/** The definition of rvq-sketch.ts. centroids [bins, D] → q ≈ centroid / scale, |centroid|²/2 and |centroid − scale·q|. */
export function rvqSketch(
  centroids: Float32Array,
  bins: number,
  D: number,
): { q: Int8Array; scale: Float32Array; half: Float32Array; lost: Float32Array } {
  const q = new Int8Array(bins * D);
  const [scale, half, lost] = [new Float32Array(bins), new Float32Array(bins), new Float32Array(bins)];
  for (let c = 0; c < bins; c++) {
    const row = centroids.subarray(c * D, c * D + D);
    scale[c] = row.reduce((peak, v) => Math.max(peak, Math.abs(v)), 0) / 127;
    const s = scale[c]!;
    row.forEach((v, d) => (q[c * D + d] = s > 0 ? Math.round(v / s) : 0));
    half[c] = row.reduce((sum, v) => sum + v * v, 0) / 2;
    lost[c] = Math.sqrt(row.reduce((sum, v, d) => sum + (v - s * q[c * D + d]!) ** 2, 0));
  }
  return { q, scale, half, lost };
}
