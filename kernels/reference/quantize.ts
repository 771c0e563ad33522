/** The definition of quantize.ts: x [K] f32 → int8 in blocks of 32; a scale per block; −8 times its sum, followed by a 0. */
export function quantize(x: Float32Array): { q: Int8Array; d: Float32Array; s: Int16Array } {
  const q = new Int8Array(x.length);
  const d = new Float32Array(x.length / 32);
  const s = new Int16Array(x.length / 16);
  for (let b = 0; b < d.length; b++) {
    const block = x.subarray(32 * b, 32 * b + 32);
    const amax = block.reduce((peak, v) => Math.max(peak, Math.abs(v)), 0);
    const inverse = amax > 0 ? Math.fround(127 / amax) : 0;
    d[b] = amax / 127;
    block.forEach((v, i) => {
      q[32 * b + i] = roundHalfEven(Math.fround(v * inverse));
      s[2 * b]! -= 8 * q[32 * b + i]!;
    });
  }
  return { q, d, s };
}

function roundHalfEven(v: number): number {
  const floor = Math.floor(v);
  if (v - floor !== 0.5) return Math.round(v);
  return floor % 2 === 0 ? floor : floor + 1;
}
