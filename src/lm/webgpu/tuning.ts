/** Which kernels a step is made of: parts, lanes and rows for each matrix, and the splits of attention. */
import type { Ability } from '../../gpu/device.js';
import type { PartName } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import { blockSize, isQuantised } from '../../model/tensor-types.js';
import { MOST_SEATS } from './step-buffers.js';
import type { GpuMatrix, GpuType } from './weights.js';

/** How a product is computed: in f32, with activations in f16, or with activations in int8. */
export type Arithmetic = 'f32' | 'f16' | 'dot8';

/** How one matrix is multiplied. */
export interface Choice {
  readonly arithmetic: Arithmetic;
  readonly fold: 'tree' | 'subgroups';
  /** Lanes of a workgroup, a power of two. */
  readonly lanes: number;
  /** Rows of a workgroup, even. */
  readonly rows: number;
}

/** The matrices of a step, by what they are for. */
export const MATRICES = ['qkv', 'out', 'gate', 'down', 'head'] as const;
export type MatrixRole = (typeof MATRICES)[number];

export interface Tuning {
  readonly matrices: Readonly<Record<MatrixRole, Choice>>;
  /** Workgroups that share a head's ring, and how they fold. */
  readonly splits: number;
  readonly fold: Choice['fold'];
}

/** Runs on every GPU within WebGPU's default limits. */
export const BASELINE: Choice = { arithmetic: 'f32', fold: 'tree', lanes: 64, rows: 8 };
/**
 * A software renderer pays for every workgroup, and at each barrier for every few lanes of one (SwiftShader runs four at a
 * time), so it gets few of both. Steps take half the CPU time that they take with 16 lanes.
 */
export const SOFTWARE: Choice = { ...BASELINE, lanes: 4, rows: 16 };
const SPLITS = 4;

/** The same choice for every matrix. */
export function uniformly(choice: Choice, splits = SPLITS): Tuning {
  const { qkv, out, gate, down, head } = { qkv: choice, out: choice, gate: choice, down: choice, head: choice };
  return { matrices: { qkv, out, gate, down, head }, splits, fold: choice.fold };
}

/**
 * `baseline`, or abilities joined by +: `subgroups`, `dot8`, `subgroups+f16`. Lanes and rows may follow, as in
 * `baseline 64x8`.
 */
export function parseVariant(variant: string): (Pick<Choice, 'arithmetic' | 'fold'> & Partial<Choice>) | undefined {
  const [, abilities = '', lanes, rows] = /^(\S+?)(?: (16|32|64|128|256)x(2|4|8|16))?$/.exec(variant) ?? [];
  const words = abilities === 'baseline' ? [] : abilities.split('+');
  if (!words.every((word) => word === 'subgroups' || word === 'f16' || word === 'dot8')) return undefined;
  const arithmetic = words.includes('dot8') ? 'dot8' : words.includes('f16') ? 'f16' : 'f32';
  const fold = words.includes('subgroups') ? 'subgroups' : 'tree';
  return { arithmetic, fold, ...(lanes && { lanes: Number(lanes), rows: Number(rows) }) };
}

/** What a choice asks of a GPU. */
export function abilitiesOf({ arithmetic, fold }: Pick<Choice, 'arithmetic' | 'fold'>): Ability[] {
  return [...(arithmetic === 'f32' ? [] : [arithmetic]), ...(fold === 'subgroups' ? [fold] : [])];
}

/** The parts that multiply by a matrix of this type. Where a type has no such arithmetic it is f32. */
export function productParts(type: GpuType, arithmetic: Arithmetic): readonly PartName[] {
  if (!isQuantised(type)) return [`weights_${type}`, 'product_float'];
  if (arithmetic === 'dot8') return [`weights_${type}`, `product_${type}_dot8`];
  if (arithmetic === 'f16' && type === 'q4_0') return ['weights_q4_0', 'product_q4_0_half'];
  return [`weights_${type}`, `product_${type}`];
}

/** What every WebGPU has for the variables of a workgroup, in floats, less room for a kernel's own. */
const FOLDING = (16_384 - 4096) / 4;
/** Rows a lane holds and values it folds, at most: its registers. */
const MOST_ROWS = 16;
const MOST = 36;

/** Fewer lanes than this do not fill a subgroup of any GPU. */
const LEAST_LANES = 16;

/** Lanes of a workgroup that multiplies by `matrix`: as chosen, but none that would have no part of a row. */
export function lanesFor({ lanes }: Choice, { type, K }: Pick<GpuMatrix, 'type' | 'K'>): number {
  const units = K / (isQuantised(type) ? blockSize(type) : 4);
  return Math.min(lanes, Math.max(LEAST_LANES, 2 ** Math.ceil(Math.log2(units))));
}

/** Lanes of a workgroup of attention: one per pair of a head's numbers, as far as they come in powers of two. */
export function attentionLanes({ dim, numHeads }: LmConfig): number {
  return Math.min(64, Math.max(LEAST_LANES, 2 ** Math.ceil(Math.log2(dim / numHeads / 2))));
}

/** Rows of a workgroup when `batch` sessions step together: as chosen, or as many as can be folded. */
export function rowsFor({ rows, lanes }: Choice, batch: number): number {
  const values = Math.min(MOST, Math.floor(FOLDING / lanes));
  const most = Math.min(MOST_ROWS, Math.floor(values / batch) - 1);
  return Math.max(2, Math.min(rows, most - (most % 2)));
}

/** Scores of a split lie in workgroup memory: a long ring needs more of them. */
const MOST_SCORES = 2048;

/** Shares of every session's heads and splits lie there, too, in the room `FOLDING` leaves. */
const MOST_SHARES = 1024;

export function splitsFor({ splits }: Tuning, { context, numHeads }: LmConfig): number {
  const most = Math.max(1, Math.floor(MOST_SHARES / (MOST_SEATS * numHeads)));
  return Math.min(context, Math.max(Math.min(splits, most), Math.ceil(context / MOST_SCORES)));
}

/** For people: `subgroups dot8 · lanes×rows qkv 64×4 …, splits 4`. */
export function describeTuning({ matrices, splits }: Tuning): string {
  const words = MATRICES.map((role) => {
    const { arithmetic, fold, lanes, rows } = matrices[role];
    return `${role} ${arithmetic}${fold === 'subgroups' ? '+subgroups' : ''} ${lanes}×${rows}`;
  });
  return `${words.join(', ')}, ${splits} splits`;
}
