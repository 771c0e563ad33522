/** What a plan is, fused or not: the calls of one step for a number of sessions. */
import type { Buffers } from '../../gpu/buffers.js';
import type { Call } from '../../gpu/kernels.js';
import type { LmConfig } from '../../model/config.js';
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
  /** What keys and values are kept as. */
  readonly ring: 'f16' | 'f32';
  readonly tuning: Tuning;
}

export interface Plan {
  /** Sessions it can step together. */
  readonly seats: number;
  /** Bytes of one session's keys and values in one layer. */
  readonly ringBytes: number;
  /** The calls of one step of `batch` sessions; `rings` has a buffer per layer, with room for every seat in use. */
  calls(rings: readonly GPUBuffer[], batch: number): Call[];
}

/** Numbers of a row that is read four at a time. */
export const padded = (count: number): number => Math.ceil(count / 4) * 4;

/** The first call of every plan: the rows of all tables, summed into x. */
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

/** The last call of every plan: token, probabilities, the next position. */
export function finaliseCall({ config, buffers }: PlanParts, STEP: number, batch: number): Call {
  const { textCard: V, pauseHeads: HEADS, pauseClasses: CLASSES } = config;
  const { logits, pause, input, state, result } = buffers;
  return {
    name: 'finalise',
    constants: { V, HEADS, CLASSES, STEP },
    buffers: [logits, pause, input, state, result],
    groups: [batch],
  };
}
