/** Sizes of the temporary buffers that kernels need: floats for each part of a call, in whole cache lines. */

/** Rows that conv_strided and conv_three compute at a time: ROWS of kernels/wasm/conv.ts. */
const CHUNK = 96;

function lines(floats: number): number {
  return Math.ceil(floats / 16) * 16;
}

/** `steps` of kernels/wasm/conv-strided.ts. */
export function stepsFloats(M: number, L: number): number {
  return lines(Math.min(M, CHUNK) * L);
}

/** `mixed` of kernels/wasm/conv-three.ts. */
export function mixedFloats(M: number, L: number): number {
  return lines(8 + CHUNK * 4 + Math.min(M, CHUNK) * 2 * L);
}

/** `scores` of kernels/wasm/attention.ts. */
export function attentionFloats(W: number): number {
  return lines(2 * W);
}

/** `scores` of kernels/wasm/ring.ts. */
export function ringFloats(W: number, D: number): number {
  return lines(2 * W + 16 + D);
}

/** `rounded` of kernels/wasm/rvq.ts. */
export function roundedFloats(D: number): number {
  return lines(4 + 2 * Math.ceil(D / 4));
}
