/** A plan of every kernel that can be divided among threads, each call large enough to be divided, on random numbers. */
import { f32ToF16 } from '../../../kernels/reference/f16.js';
import type { WasmHost } from '../../../src/wasm/host.js';
import { PlanBuilder, type Plan } from '../../../src/wasm/plan.js';
import { packedF32Length, packedQuantBytes } from '../../../src/wasm/pack.js';
import { attentionFloats, mixedFloats, ringFloats, roundedFloats, stepsFloats } from '../../../src/wasm/scratch.js';
import { normals, quantised, random } from '../kernels/numbers.js';

/** Sizes that do not divide evenly among threads, in rows or in groups. */
const [N, K] = [328, 256];
/** Tokens of a step. */
const ROWS = 3;
const [H, D, W] = [5, 32, 96];
const PARTS = 8;

/** The plan, and a copy of its outputs. */
export function everyOp(host: WasmHost): { plan: Plan; written: () => Float32Array[] } {
  const { arena, kernels } = host;
  const next = random(7);
  const outputs: { at: number; floats: number }[] = [];
  const put = (values: Float32Array | Uint8Array | Uint16Array | Uint32Array): number => {
    const at = arena.alloc(values.byteLength, 'input');
    arena.u8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    return at;
  };
  const numbers = (n: number): number => put(normals(next, n));
  const out = (floats: number, isFilled = false): number => {
    const at = isFilled ? numbers(floats) : arena.alloc(floats * 4, 'output');
    outputs.push({ at, floats });
    return at;
  };
  const plan = new PlanBuilder();

  // The language model's products, for each type of weights.
  const x = numbers(ROWS * 16 * K);
  const [q, d, s] = [out((ROWS * 16 * K) / 4), out((ROWS * K) / 2), out((ROWS * K) / 2)];
  plan.op('quantize', { x, q, d, s, K: ROWS * 16 * K });
  for (const type of ['q4_0', 'q8_0'] as const) {
    const { raw } = quantised(type, normals(next, N * K));
    const weights = arena.alloc(packedQuantBytes(type, N, K), 'weights');
    kernels[`pack_${type}`](put(raw), weights, N, K);
    const common = { W: weights, q, dx: d, yStride: N * 4, rows: ROWS, N, K };
    if (type === 'q4_0') plan.op('matvec_q4_0', { ...common, s, y: out(ROWS * N), add: 0 });
    else plan.op('matvec_q8_0', { ...common, y: out(ROWS * N, true), add: 1 });
  }
  const halves = put(Uint16Array.from(normals(next, N * K), f32ToF16));
  plan.op('matvec_f16', { W: halves, x, y: out(N), N, K, add: 0 });
  const brains = put(new Uint32Array(normals(next, N * K).buffer).map((bits) => bits >>> 16));
  plan.op('matvec_bf16', { W: put(Uint16Array.from(arena.u32.subarray(brains / 4, brains / 4 + N * K))), x, y: out(N, true), N, K, add: 1 }); // prettier-ignore
  const weights = numbers(packedF32Length(N, K));
  const [bias, scale] = [numbers(N + 8), numbers(N + 8)];
  for (const M of [1, 2, 3])
    plan.op('gemm', {
      x,
      xStride: 4 * K,
      M,
      W: weights,
      K,
      N,
      bias,
      scale,
      y: out(M * N, true),
      yStride: 4 * N,
      add: 1,
    });

  // Embedding tables: each adds a row to the same vector.
  const [M, y] = [64 * 32, out(64 * 32, true)];
  const index = put(Uint32Array.of(1));
  plan.op('embed_f32', { table: numbers(2 * M), stride: 4 * M, index, rows: 2, y, M });
  plan.op('embed_f16', {
    table: put(Uint16Array.from(normals(next, 2 * M), f32ToF16)),
    stride: 2 * M,
    index,
    rows: 2,
    y,
    M,
  });
  plan.op('embed_bf16', { table: halves, stride: 2 * M, index, rows: 2, y, M });
  plan.op('embed_q8_0', { table: put(quantised('q8_0', normals(next, 2 * M)).raw), stride: (34 * M) / 32, index, rows: 2, y, M }); // prettier-ignore
  plan.op('embed_q4_0', { table: put(quantised('q4_0', normals(next, 2 * M)).raw), stride: (18 * M) / 32, index, rows: 2, y, M }); // prettier-ignore

  // Elementwise kernels that share an array by part.
  plan.op('gelu', { x: out(5000, true), n: 5000 });
  const gated = out(4096);
  plan.op('swiglu', { gate: x, up: x + 4 * 4096, stride: 0, y: gated, yStride: 0, rows: 1, n: 4096 });
  plan.op('quantize', { x: gated, q: out(1024), d: out(128), s: out(128), K: 4096 });

  // Attention, over rings of f32 and of integers.
  const position = put(Uint32Array.of(200));
  const [keys, values] = [numbers(H * W * D), numbers(H * W * D)];
  const scores = arena.alloc(PARTS * 4 * Math.max(attentionFloats(W), ringFloats(W, D)), 'scores');
  plan.op('attention', { q: x, stride: 12 * H * D, K: keys, V: values, y: out(3 * H * D), scores, rows: 3, H, D, W, position, from: 0, to: H }); // prettier-ignore
  const rings = arena.alloc(2 * 2 * (H * W * D * 4 + H * W * 4), 'rings');
  const half = H * W * D * 4 + H * W * 4;
  const slots = put(Uint32Array.of(rings, 40, rings + 2 * half, 133));
  for (const rounded of [0, 1]) {
    for (const [i, ring] of [0, half].entries())
      plan.op('ring_append', { x: x + 4 * i * H * D, stride: 12 * H * D, slots, ring, rows: 2, H, D, W, rounded, values: i }); // prettier-ignore
    plan.op('ring_attention', { q: x, stride: 12 * H * D, slots, K: 0, V: half, y: out(2 * H * D), scores, rows: 2, H, D, W, rounded, from: 0, to: H }); // prettier-ignore
  }

  // The codec's convolutions, with all combinations of outputs.
  const [T, L, C] = [64, 48, 72];
  const common = { x, M: T, bias, N: C, stride: 4 * C };
  const taps = numbers(4 * packedF32Length(C, L));
  plan.op('conv', { ...common, xStride: 4 * L, W: taps, K: L, before: numbers(T * C), y: out(T * C), activated: out(T * C) }); // prettier-ignore
  plan.op('conv', { ...common, xStride: 4 * L, W: taps, K: L, before: 0, y: 0, activated: out(T * C) });
  const steps = arena.alloc(PARTS * 4 * stepsFloats(T, L), 'steps');
  plan.op('conv_strided', { ...common, W: taps, L, y: out(T * C), activated: out(T * C), steps });
  const mixed = arena.alloc(PARTS * 4 * mixedFloats(T, L), 'mixed');
  plan.op('conv_three', { ...common, W: taps, L, y: out(T * C), activated: 0, mixed });

  // One level of int8 centroids.
  const [groups, width] = [100, 80];
  const sketch = put(new Uint8Array(groups * width * 4).map(() => Math.floor(256 * next())));
  const rounded = arena.alloc(PARTS * 4 * roundedFloats(width), 'rounded');
  plan.op('rvq_scores', { x, sketch, D: width, scores: out(4 * groups), rounded, from: 0, to: groups });

  return {
    plan: plan.build(host, 'every op'),
    written: () => outputs.map(({ at, floats }) => arena.f32.slice(at / 4, at / 4 + floats)),
  };
}
