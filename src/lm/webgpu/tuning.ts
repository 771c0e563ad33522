/** The choice of kernels for a step: parts, lanes and rows for each matrix, and the splits of attention. */
import type { Ability } from '../../gpu/device.js';
import type { PartName } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import { blockSize, isQuantised } from '../../model/tensor-types.js';
import { MAX_SLOTS } from './step-buffers.js';
import type { GpuMatrix, GpuType } from './weights.js';

/** The arithmetic of a product: f32, f16 activations, or int8 activations. */
export type Arithmetic = 'f32' | 'f16' | 'dot8';

/** The kernel for one matrix. */
export interface Choice {
  readonly arithmetic: Arithmetic;
  readonly fold: 'tree' | 'subgroups';
  /** Lanes of a workgroup, a power of two. */
  readonly lanes: number;
  /** Rows of a workgroup, even. */
  readonly rows: number;
}

/** The matrices of a step, by role. */
export const MATRICES = ['qkv', 'out', 'gate', 'down', 'head'] as const;
export type MatrixRole = (typeof MATRICES)[number];

export interface Tuning {
  readonly matrices: Readonly<Record<MatrixRole, Choice>>;
  /** Workgroups that share a head's ring in attention. */
  readonly splits: number;
  /** How attention folds sums. */
  readonly fold: Choice['fold'];
}

/** Works on every GPU within WebGPU's default limits. */
export const BASELINE: Choice = { arithmetic: 'f32', fold: 'tree', lanes: 64, rows: 8 };
/**
 * For software renderers, which pay for each workgroup and, at each barrier, for every few of its lanes (SwiftShader
 * runs four at a time): few of both. A step takes half the CPU time that it takes with 16 lanes.
 */
export const SOFTWARE: Choice = { ...BASELINE, lanes: 4, rows: 16 };
const SPLITS = 4;

/** The same choice for every matrix. */
export function uniformly(choice: Choice, splits = SPLITS): Tuning {
  const { qkv, out, gate, down, head } = { qkv: choice, out: choice, gate: choice, down: choice, head: choice };
  return { matrices: { qkv, out, gate, down, head }, splits, fold: choice.fold };
}

/**
 * Parses `baseline`, or abilities joined by `+` (`subgroups`, `f16`, `dot8`), with optional lanes and rows, as in
 * `baseline 64x8`. Undefined for anything else.
 */
export function parseVariant(variant: string): (Pick<Choice, 'arithmetic' | 'fold'> & Partial<Choice>) | undefined {
  const [, abilities = '', lanes, rows] = /^(\S+?)(?: (16|32|64|128|256)x(2|4|8|16))?$/.exec(variant) ?? [];
  const words = abilities === 'baseline' ? [] : abilities.split('+');
  if (!words.every((word) => word === 'subgroups' || word === 'f16' || word === 'dot8')) return undefined;
  const arithmetic = words.includes('dot8') ? 'dot8' : words.includes('f16') ? 'f16' : 'f32';
  const fold = words.includes('subgroups') ? 'subgroups' : 'tree';
  return { arithmetic, fold, ...(lanes && { lanes: Number(lanes), rows: Number(rows) }) };
}

/** The abilities a choice needs. */
export function abilitiesOf({ arithmetic, fold }: Pick<Choice, 'arithmetic' | 'fold'>): Ability[] {
  return [...(arithmetic === 'f32' ? [] : [arithmetic]), ...(fold === 'subgroups' ? [fold] : [])];
}

/** The parts that multiply by a matrix of this type; f32 where the type lacks the arithmetic. */
export function productParts(type: GpuType, arithmetic: Arithmetic): readonly PartName[] {
  if (!isQuantised(type)) return [`weights_${type}`, 'product_float'];
  if (arithmetic === 'dot8') return [`weights_${type}`, `product_${type}_dot8`];
  if (arithmetic === 'f16' && type === 'q4_0') return ['weights_q4_0', 'product_q4_0_half'];
  return [`weights_${type}`, `product_${type}`];
}

/** Workgroup memory for folding, in floats: what every WebGPU device has, less the kernels' other variables. */
const FOLDING_FLOATS = (16_384 - 4096) / 4;
/** The most rows a lane holds, and values it folds, in its registers. */
const MAX_ROWS = 16;
const MAX_VALUES = 36;

/** Fewer lanes than this fill no subgroup on any GPU. */
const MIN_LANES = 16;

/** Lanes of a workgroup that multiplies by `matrix`: the chosen number, reduced where lanes would get no part of a row. */
export function lanesFor({ lanes }: Choice, { type, K }: Pick<GpuMatrix, 'type' | 'K'>): number {
  const units = K / (isQuantised(type) ? blockSize(type) : 4);
  return Math.min(lanes, Math.max(MIN_LANES, 2 ** Math.ceil(Math.log2(units))));
}

/** Lanes of an attention workgroup: one per pair of a head's numbers, rounded up to a power of two. */
export function attentionLanes({ dim, numHeads }: LmConfig): number {
  return Math.min(64, Math.max(MIN_LANES, 2 ** Math.ceil(Math.log2(dim / numHeads / 2))));
}

/** Rows of a workgroup when `batch` streams step together: the chosen number, reduced to what can be folded. */
export function rowsFor({ rows, lanes }: Choice, batch: number): number {
  const values = Math.min(MAX_VALUES, Math.floor(FOLDING_FLOATS / lanes));
  const most = Math.min(MAX_ROWS, Math.floor(values / batch) - 1);
  return Math.max(2, Math.min(rows, most - (most % 2)));
}

/** The most scores of a split, which are in workgroup memory: a long ring needs more splits. */
const MAX_SCORES = 2048;

/** The most shares, one per stream, head and split, which are in the workgroup memory that `FOLDING_FLOATS` leaves. */
const MAX_SHARES = 1024;

/** Splits of attention: the chosen number, within the limits of workgroup memory. */
export function splitsFor({ splits }: Tuning, { context, numHeads }: LmConfig): number {
  const most = Math.max(1, Math.floor(MAX_SHARES / (MAX_SLOTS * numHeads)));
  return Math.min(context, Math.max(Math.min(splits, most), Math.ceil(context / MAX_SCORES)));
}

/** Describes a tuning for display, as in `qkv f32+subgroups 64×4, …, 4 splits`. */
export function describeTuning({ matrices, splits }: Tuning): string {
  const words = MATRICES.map((role) => {
    const { arithmetic, fold, lanes, rows } = matrices[role];
    return `${role} ${arithmetic}${fold === 'subgroups' ? '+subgroups' : ''} ${lanes}×${rows}`;
  });
  return `${words.join(', ')}, ${splits} splits`;
}
