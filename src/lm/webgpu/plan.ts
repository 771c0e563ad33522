/** What the fused and the unfused plan share: their type, and the first and last call of a step. */
import type { Buffers } from '../../gpu/buffers.js';
import type { Call } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
import { TABLE_WORDS } from '../phrase-table.js';
import type { StepBuffers } from './step-buffers.js';
import type { Tuning } from './tuning.js';
import type { GpuLmWeights } from './weights.js';

/** RMSNorm's epsilon. [moshi] rms_norm_f32 */
export const EPS = 1e-8;

export interface PlanParts {
  readonly memory: Buffers;
  readonly config: LmConfig;
  readonly weights: GpuLmWeights;
  readonly buffers: StepBuffers;
  /** The type that keys and values are stored as. */
  readonly ring: 'f16' | 'f32';
  readonly tuning: Tuning;
}

/** The kernel calls of a step, and the memory they need. */
export interface Plan {
  /** The most streams of one step. */
  readonly slots: number;
  /** Bytes of one stream's keys and values in one layer. */
  readonly ringBytes: number;
  /** The calls of one step of `batch` streams; `rings` has a buffer per layer, with room for every slot in use. */
  calls(rings: readonly GPUBuffer[], batch: number): Call[];
}

/** The length of a row of `count` numbers that kernels read four at a time. */
export const padded = (count: number): number => Math.ceil(count / 4) * 4;

/** The first call of a plan: sums a row of every embedding table into x. */
export function embedCall({ config, weights, buffers }: PlanParts, x: GPUBuffer, STEP: number, batch: number): Call {
  const { tables } = weights;
  const K4 = padded(config.dim) / 4;
  return {
    name: 'embed',
    parts: [`weights_${tables.type}`],
    constants: { K4, T: tables.count, STEP },
    buffers: [tables.first, buffers.input, buffers.state, x],
    weights: tables.buffers,
    groups: [Math.ceil(K4 / 64), batch],
  };
}

/** The last call of a plan: writes token, probabilities and the next position. */
export function finaliseCall({ config, buffers }: PlanParts, STEP: number, batch: number): Call {
  const {
    textCard: V,
    pauseHeads: HEADS,
    pauseClasses: CLASSES,
    paddingToken: PADDING,
    endOfPaddingToken: WORD,
  } = config;
  const { logits, pause, input, state, phrases, result } = buffers;
  return {
    name: 'finalise',
    constants: { V, HEADS, CLASSES, STEP, TABLE: TABLE_WORDS, PADDING, WORD },
    buffers: [logits, pause, input, state, phrases, result],
    groups: [batch],
  };
}
