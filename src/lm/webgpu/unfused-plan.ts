/** One step of the language model with a dispatch per operation, as a reference. Letters: docs/model.md. */
import type { Call, PartName } from '../../gpu/kernels.js';
import { isQuantised } from '../../model/tensor-types.js';
import { embedCall, EPS, finaliseCall, padded, type Plan, type PlanParts } from './plan.js';
import { stepWords } from './step-buffers.js';
import type { GpuLayer, GpuMatrix } from './weights.js';

/** Lanes of an elementwise kernel's workgroup, and rows of a quantised matvec's workgroup. */
const LANES = 64;
const ROWS = 4;

/** Steps one stream at a time. */
export function planUnfused(parts: PlanParts): Plan {
  const { memory, config, weights, buffers, ring: ringType } = parts;
  const { dim: M, hidden: F, numHeads: H, context: W, nQ: CODES } = config;
  const D = M / H;
  const STEP = stepWords(config);
  const ringBytes = H * W * D * { f16: 2, f32: 4 }[ringType];
  const pair: readonly PartName[] = [`pair_${ringType}`];
  const f32 = (name: string, count: number): GPUBuffer => memory.storage(name, padded(count) * 4);
  const { input, state, logits, pause } = buffers;
  const x = f32('x', M);
  const h = f32('h', M);
  const qkv = f32('qkv', 3 * M);
  const a = f32('a', M);
  const gateUp = f32('gateUp', 2 * F);
  const ffn = f32('ffn', F);
  /** The values of each layer; the buffers of `rings` hold the keys. */
  const values = weights.layers.map((_, l) => memory.storage(`values ${l}`, ringBytes));

  // prettier-ignore
  const layer = (w: GpuLayer, K: GPUBuffer, V: GPUBuffer): Call[] => [
    rmsNorm(x, w.norm1, h, M),                                                                              // h      [M]
    linear(w.qkv, h, qkv, 0),                                                                               // qkv    [3, H, D]
    { name: 'rope', constants: { H, D, CODES }, buffers: [qkv, input], groups: [Math.ceil((H * D) / LANES)] },
    { name: 'kv_append', parts: pair, constants: { H, D, W }, buffers: [qkv, state, K, V], groups: [Math.ceil((H * D) / 2 / LANES)] },
    { name: 'attention', parts: pair, constants: { D, W }, buffers: [qkv, K, V, state, a], groups: [H] },             // a      [H, D]
    linear(w.out, a, x, 1),                                                                                 // x     += out·a
    rmsNorm(x, w.norm2, h, M),
    linear(w.ffnIn, h, gateUp, 0),                                                                          // gateUp [2, F]
    { name: 'swiglu', constants: { F }, buffers: [gateUp, ffn], groups: [Math.ceil(F / LANES)] },           // ffn    [F]
    linear(w.ffnOut, ffn, x, 1),                                                                            // x     += ffnOut·ffn
  ];

  return {
    slots: 1,
    ringBytes,
    calls: (rings) => [
      embedCall(parts, x, STEP, 1),
      ...weights.layers.flatMap((w, l) => {
        const [K, V] = [rings[l], values[l]];
        return K && V ? layer(w, K, V) : [];
      }),
      rmsNorm(x, weights.outNorm, h, M),
      linear(weights.head, h, logits, 0),
      ...(weights.pause ? [linear(weights.pause, h, pause, 0)] : []),
      finaliseCall(parts, STEP, 1),
    ],
  };
}

function rmsNorm(x: GPUBuffer, alpha: GPUBuffer, h: GPUBuffer, M: number): Call {
  return { name: 'rms_norm', constants: { M, EPS }, buffers: [x, alpha, h], groups: [1] };
}

function linear({ type, N, K, buffers }: GpuMatrix, x: GPUBuffer, y: GPUBuffer, ADD: 0 | 1): Call {
  const rows = isQuantised(type) ? ROWS : 1;
  return {
    name: `matvec_${type}`,
    constants: { N, K, ADD },
    buffers: [...buffers, x, y],
    groups: [Math.ceil(N / rows)],
  };
}
