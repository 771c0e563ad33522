/** Half-precision and bfloat16 numbers, to and from f32, by their bits. */

const scratch = new Float32Array(1);
const bits = new Uint32Array(scratch.buffer);

/** IEEE 754 binary16 bits (0 … 65535) → the same number as f32, exactly. */
export function f16ToF32(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24; // subnormal: no implicit leading one
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** f32 → the bits of the nearest binary16, ties to even; beyond ±65 504 (plus half a step) ±infinity. */
export function f32ToF16(x: number): number {
  scratch[0] = x;
  const all = bits[0]!;
  const sign = (all >>> 16) & 0x8000;
  const magnitude = all & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00; // NaN
  if (magnitude >= 0x477f_f000) return sign | 0x7c00; // 65 520 and more rounds up to infinity
  if (magnitude < 0x3880_0000) return sign | roundHalfEven(Math.abs(scratch[0]) * 2 ** 24); // below 2^-14: subnormal
  // Adding just under half a step, plus one when the kept part is odd, carries exactly as ties-to-even asks.
  return sign | ((magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** bfloat16 bits (0 … 65535) → the same number as f32: the upper half of its bits. */
export function bf16ToF32(half: number): number {
  bits[0] = half << 16;
  return scratch[0]!;
}

function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return below + (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? 1 : 0);
}
