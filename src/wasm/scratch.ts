/** What kernels need for themselves while they run: floats for each part of a call, whole cache lines. */

/** Outputs that conv_strided and conv_three compute at a time: ROWS of kernels/wasm/conv.ts. */
const CHUNK = 96;

function lines(floats: number): number {
  return Math.ceil(floats / 16) * 16;
}

/** Of `steps` in kernels/wasm/conv-strided.ts. */
export function stepsFloats(M: number, L: number): number {
  return lines(Math.min(M, CHUNK) * L);
}

/** Of `mixed` in kernels/wasm/conv-three.ts. */
export function mixedFloats(M: number, L: number): number {
  return lines(8 + CHUNK * 4 + Math.min(M, CHUNK) * 2 * L);
}

/** Of `scores` in kernels/wasm/attention.ts. */
export function attentionFloats(W: number): number {
  return lines(2 * W);
}

/** Of `scores` in kernels/wasm/ring.ts. */
export function ringFloats(W: number, D: number): number {
  return lines(2 * W + 16 + D);
}

/** Of `rounded` in kernels/wasm/rvq.ts. */
export function roundedFloats(D: number): number {
  return lines(4 + 2 * Math.ceil(D / 4));
}
