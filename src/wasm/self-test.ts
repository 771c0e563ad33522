/** Self-test of the kernels: a product with a known answer, because some engines compute relaxed SIMD wrongly. */
import type { Arena } from './arena.js';
import type { KernelExports } from './ops.js';
import { packedQuantBytes } from './pack.js';

const N = 20;
const K = 64;
/** Three tokens: the kernel has one code path for pairs and one for a single token. */
const ROWS = 3;

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
 * Whether the kernels compute a Q4_0 product of small integers correctly, which is exact in every build.
 *
 * A known bug: V8 11.3's baseline compiler (Chrome 113, Node 20 behind its flag) adds
 * the i32 form's product to itself instead of to the accumulator. The kernels use the i16 form, which it computes correctly.
 */
export function computesKnownAnswer(kernels: KernelExports, arena: Arena): boolean {
  const raw = rows();
  const sizes = [packedQuantBytes('q4_0', N, K), ROWS * K, (ROWS * K) / 8, (ROWS * K) / 8, ROWS * N * 4, raw.length];
  const blocks = sizes.map((size) => arena.alloc(size, 'self-test'));
  const [W = 0, q = 0, dx = 0, s = 0, y = 0, file = 0] = blocks;
  arena.u8.set(raw, file);
  kernels.pack_q4_0(file, W, N, K);
  const x = Array.from({ length: ROWS * K }, (_, k) => ((k * 37) % 255) - 127);
  arena.u8.set(Int8Array.from(x), q);
  for (let b = 0; b < (ROWS * K) / 32; b++) {
    arena.f32[dx / 4 + b] = 1;
    arena.u32[s / 4 + b] = (-8 * x.slice(32 * b, 32 * b + 32).reduce((sum, v) => sum + v, 0)) & 0xffff;
  }
  kernels.matvec_q4_0(W, q, dx, s, y, N * 4, ROWS, N, K, 0);
  const isRight = Array.from({ length: ROWS * N }, (_, i) => i).every((i) => {
    const [r, n] = [Math.floor(i / N), i % N];
    return arena.f32[y / 4 + i] === x.slice(r * K, (r + 1) * K).reduce((sum, v, k) => sum + v * weight(raw, n, k), 0);
  });
  for (const [i, size] of sizes.entries()) arena.release(blocks[i] ?? 0, size);
  return isRight;
}
