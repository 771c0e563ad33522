/** A known answer for the kernels: an engine that computes it wrongly must not run them. */
import type { WasmHost } from './host.js';
import { packedQuantBytes, packQuantised } from './pack.js';

const N = 8;
const K = 64;

/** Q4_0 rows with scale 1 and every nibble value, in the file's layout. */
function rows(): Uint8Array {
  const raw = new Uint8Array((N * K * 18) / 32);
  for (let at = 0; at < raw.length; at += 18) {
    raw[at + 1] = 0x3c; // 1.0 as f16
    for (let j = 0; j < 16; j++) raw[at + 2 + j] = (at * 31 + j * 73) & 0xff;
  }
  return raw;
}

/** Element k of row n: nibble − 8. */
function weight(raw: Uint8Array, n: number, k: number): number {
  const byte = raw[(n * K * 18) / 32 + Math.floor(k / 32) * 18 + 2 + (k % 16)] ?? 0;
  return (k % 32 < 16 ? byte & 15 : byte >> 4) - 8;
}

/**
 * Whether a Q4_0 product of small integers, exact in every build, comes out right.
 *
 * Engines have got relaxed dot products wrong: V8 11.3's baseline compiler (Chrome 113, Node 20 behind its flag) adds
 * the i32 form's product to itself instead of to the accumulator. The kernels use the i16 form, which it gets right.
 */
export function computesKnownAnswer({ arena, kernels }: WasmHost): boolean {
  const raw = rows();
  const bytes = packedQuantBytes('q4_0', N, K);
  const sizes = [bytes.quants, bytes.scales, K, K / 8, K / 8, N * 4];
  const blocks = sizes.map((size) => arena.alloc(size, 'self-test'));
  const [W = 0, d = 0, q = 0, dx = 0, s = 0, y = 0] = blocks;
  packQuantised('q4_0', raw, N, K, arena.u8, W, arena.f32, d / 4);
  const x = Array.from({ length: K }, (_, k) => ((k * 37) % 255) - 127);
  arena.u8.set(Int8Array.from(x), q);
  for (let b = 0; b < K / 32; b++) {
    arena.f32[dx / 4 + b] = 1;
    arena.u32[s / 4 + b] = x.slice(32 * b, 32 * b + 32).reduce((sum, v) => sum + v, 0);
  }
  kernels.matvec_q4_0(W, d, q, dx, s, y, N, K, 0);
  const isRight = Array.from({ length: N }, (_, n) => n).every(
    (n) => arena.f32[y / 4 + n] === x.reduce((sum, v, k) => sum + v * weight(raw, n, k), 0),
  );
  for (const [i, size] of sizes.entries()) arena.release(blocks[i] ?? 0, size);
  return isRight;
}
