/** Seeded random numbers for tests of kernels, in Node and in browsers. */
import { decodeQ4_0, encodeQ4_0 } from '../../../kernels/reference/q4_0.js';
import { decodeQ8_0, encodeQ8_0 } from '../../../kernels/reference/q8_0.js';

/** A generator of numbers uniform in [0, 1), seeded so that failures are reproducible. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** [n] f32, approximately normal. */
export function normals(next: () => number, n: number, scale = 1): Float32Array {
  return Float32Array.from({ length: n }, () => scale * (next() + next() + next() + next() - 2) * Math.sqrt(3));
}

/** `x` [n] f32 quantised to a file's blocks, and the numbers that those decode to. */
export function quantised(type: 'q4_0' | 'q8_0', x: Float32Array): { raw: Uint8Array; decoded: Float32Array } {
  const raw = new Uint8Array((x.length / 32) * (type === 'q4_0' ? 18 : 34));
  const decoded = new Float32Array(x.length);
  if (type === 'q4_0') {
    encodeQ4_0(x, raw);
    decodeQ4_0(raw, decoded);
  } else {
    encodeQ8_0(x, raw);
    decodeQ8_0(raw, decoded);
  }
  return { raw, decoded };
}
