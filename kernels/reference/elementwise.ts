/** The definitions of elu.ts, gelu.ts and swiglu.ts. [n] f32 → [n] f32. */

export function elu(x: Float32Array): Float32Array {
  return x.map((v) => (v > 0 ? v : Math.expm1(v)));
}

export function gelu(x: Float32Array): Float32Array {
  return x.map((v) => (v / 2) * (1 + erf(v / Math.SQRT2)));
}

/** gateUp [2, F] → [F]: silu(gate)·up. */
export function swiglu(gateUp: Float32Array): Float32Array {
  const F = gateUp.length / 2;
  return gateUp.slice(0, F).map((g, i) => (g / (1 + Math.exp(-g))) * gateUp[F + i]!);
}

/** 2/√π · Σ (−1)ᵏ u^(2k+1) / (k!·(2k+1)), in f64; past 5 the tail is below 2⁻⁵³. */
export function erf(u: number): number {
  if (Math.abs(u) > 5) return Math.sign(u);
  let term = u;
  let sum = u;
  for (let k = 1; k < 200; k++) {
    term *= (-u * u) / k;
    sum += term / (2 * k + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
