/** One step of the language model in five dispatches per layer and three more. Letters: docs/model.md. */
import type { Call, PartName } from '../../gpu/kernels.js';
import { embedCall, EPS, finaliseCall, padded, type Plan, type PlanParts } from './plan.js';
import { MAX_SLOTS, stepWords } from './step-buffers.js';
import { attentionLanes, lanesFor, productParts, rowsFor, splitsFor, type MatrixRole } from './tuning.js';
import type { GpuLayer, GpuMatrix } from './weights.js';

export function planFused(parts: PlanParts): Plan {
  const { memory, config, weights, buffers, ring: ringType, tuning } = parts;
  const { dim: M, hidden: F, numHeads: H, context: W, nQ: CODES, textCard: V } = config;
  const P = config.pauseHeads * config.pauseClasses;
  const D = M / H;
  const D4 = Math.ceil(D / 4);
  const S = splitsFor(tuning, config);
  const STEP = stepWords(config);
  const floats = (name: string, perSlot: number): GPUBuffer => memory.storage(name, MAX_SLOTS * perSlot * 4);
  const { input, state, logits, pause } = buffers;
  const x = floats('x', padded(M));
  const q = floats('q', M);
  const partial = floats('attention partials', H * S * 4 * (D4 + 1));
  const h = floats('h', padded(F));
  const ringParts: readonly PartName[] = [`pair_${ringType}`, 'ring'];

  /** The part of a call that multiplies by `matrix`: parts, constants, buffers and workgroups. */
  function product(role: MatrixRole, matrix: GpuMatrix, batch: number, isNormed: boolean): Product {
    const choice = tuning.matrices[role];
    const ROWS = rowsFor(choice, batch);
    const COUNT = batch * (ROWS + (isNormed ? 1 : 0));
    return {
      parts: [`fold_${choice.fold}`, ...productParts(matrix.type, choice.arithmetic), 'rows'],
      constants: {
        K4: matrix.K / 4,
        LANES: lanesFor(choice, matrix),
        ROWS,
        BATCH: batch,
        COUNT,
        ...(isNormed && { M, EPS }),
      },
      weights: matrix.buffers,
      groups: [Math.ceil(matrix.N / ROWS)],
    };
  }

  function layer(w: GpuLayer, ring: GPUBuffer, batch: number): Call[] {
    const qkv = product('qkv', w.qkv, batch, true);
    const out = product('out', w.out, batch, false);
    const gate = product('gate', w.ffnIn, batch, true);
    const down = product('down', w.ffnOut, batch, false);
    return [
      // q [H, D]; rotated keys and values in the ring's row t mod W
      {
        ...qkv,
        name: 'norm_qkv',
        parts: [...qkv.parts, 'norm', ...ringParts],
        constants: { ...qkv.constants, H, D, W, STEP, CODES },
        buffers: [x, w.norm1, input, state, q, ring],
      },
      // partial sums of attention over S shares of the ring [H, S, D]
      {
        name: 'attention_split',
        parts: [`fold_${tuning.fold}`, ...ringParts],
        constants: { H, D, W, S, D4, STEP, LANES: attentionLanes(config) },
        buffers: [q, ring, input, state, partial],
        groups: [S, H, batch],
      },
      // x += out · attention [M]
      {
        ...out,
        name: 'merge_out',
        constants: { ...out.constants, H, D, S, D4, N: M, X: padded(M) },
        buffers: [partial, x],
      },
      // h = silu(gate) · up of RMSNorm(x) [F]
      {
        ...gate,
        name: 'norm_gate',
        parts: [...gate.parts, 'norm'],
        constants: { ...gate.constants, F, X: padded(F) },
        buffers: [x, w.norm2, h],
        groups: [Math.ceil((2 * F) / gate.constants.ROWS)],
      },
      // x += down · h [M]
      {
        ...down,
        name: 'linear_add',
        constants: { ...down.constants, N: M, X: padded(M) },
        buffers: [h, x],
      },
    ];
  }

  function head(batch: number): Call {
    const { parts: names, constants, weights: matrix } = product('head', weights.head, batch, true);
    return {
      name: 'norm_head',
      parts: [...names, 'norm'],
      constants: { ...constants, V, P },
      // Without pause heads the binding still needs a buffer, which is not read.
      buffers: [x, weights.outNorm, weights.pause?.buffers[0] ?? weights.outNorm, logits, pause],
      weights: matrix,
      groups: [Math.ceil(V / constants.ROWS) + Math.ceil(P / constants.ROWS)],
    };
  }

  const ringBytes = 2 * H * W * D * { f16: 2, f32: 4 }[ringType];
  const { maxStorageBufferBindingSize } = memory.device.limits;
  return {
    slots: Math.max(1, Math.min(MAX_SLOTS, Math.floor(maxStorageBufferBindingSize / ringBytes))),
    ringBytes,
    calls: (rings, batch) => [
      embedCall(parts, x, STEP, batch),
      ...weights.layers.flatMap((w, l) => {
        const ring = rings[l];
        return ring ? layer(w, ring, batch) : [];
      }),
      head(batch),
      finaliseCall(parts, STEP, batch),
    ],
  };
}

interface Product {
  readonly parts: readonly PartName[];
  readonly constants: Readonly<Record<'K4' | 'LANES' | 'ROWS' | 'BATCH' | 'COUNT', number>>;
  readonly weights: readonly GPUBuffer[];
  readonly groups: readonly [number];
}
