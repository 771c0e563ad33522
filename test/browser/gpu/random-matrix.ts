/** Random weights in the layouts of the kernels, with their decoded values. */
import { f16ToF32, f32ToF16 } from '../../../kernels/reference/f16.js';
import { decodeQ4_0 } from '../../../kernels/reference/q4_0.js';
import { decodeQ8_0 } from '../../../kernels/reference/q8_0.js';
import { splitPlanes } from '../../../src/gpu/planes.js';
import { padded } from '../../../src/lm/webgpu/plan.js';
import type { GpuMatrix } from '../../../src/lm/webgpu/weights.js';
import { normals } from '../../unit/kernels/numbers.js';
import type { Bench } from './bench.js';

export type Type = GpuMatrix['type'];

export interface Matrix extends GpuMatrix {
  /** [N, K] without padding. */
  readonly decoded: Float32Array;
}

/** Random weights of a type. Quantised ones have random quants rather than rounded numbers. */
export function randomMatrix(bench: Bench, next: () => number, type: Type, N: number, K: number): Matrix {
  const scale = 1 / Math.sqrt(K);
  if (type === 'q4_0' || type === 'q8_0') {
    const [block, levels] = type === 'q4_0' ? ([18, 4.6] as const) : ([34, 74] as const);
    const raw = new Uint8Array(((N * K) / 32) * block);
    for (let i = 0; i < raw.length; i++) raw[i] = next() * 256;
    const half = new DataView(raw.buffer);
    for (let at = 0; at < raw.length; at += block)
      half.setUint16(at, f32ToF16((scale / levels) * (0.5 + next())), true);
    const decoded = new Float32Array(N * K);
    (type === 'q4_0' ? decodeQ4_0 : decodeQ8_0)(raw, decoded);
    const { quants, scales } = splitPlanes(raw, type);
    return { type, N, K, decoded, bytes: raw.length, buffers: [bench.put(quants), bench.put(scales)] };
  }
  const columns = padded(K);
  const decoded = normals(next, N * K, scale).map((v) => (type === 'f16' ? f16ToF32(f32ToF16(v)) : v));
  const rows = new Float32Array(N * columns);
  for (let n = 0; n < N; n++) rows.set(decoded.subarray(n * K, (n + 1) * K), n * columns);
  const stored = type === 'f16' ? Uint16Array.from(rows, f32ToF16) : rows;
  return { type, N, K: columns, decoded, bytes: stored.byteLength, buffers: [bench.put(stored)] };
}
