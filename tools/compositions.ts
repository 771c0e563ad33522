/** Lists every kernel with the parts and constants that the plans use, by building the plans. */
import type { Ability } from '../src/gpu/device.js';
import type { Call, KernelSpec, PartName } from '../src/gpu/kernels.js';
import { planFused } from '../src/lm/webgpu/fused-plan.js';
import type { PlanParts } from '../src/lm/webgpu/plan.js';
import { MAX_SLOTS } from '../src/lm/webgpu/step-buffers.js';
import { abilitiesOf, uniformly, type Arithmetic, type Choice } from '../src/lm/webgpu/tuning.js';
import { planUnfused } from '../src/lm/webgpu/unfused-plan.js';
import type { GpuMatrix, GpuType } from '../src/lm/webgpu/weights.js';
import type { LmConfig } from '../src/model/config.js';
import { isQuantised } from '../src/model/tensor-types.js';

export const TYPES: readonly GpuType[] = ['f32', 'f16', 'q8_0', 'q4_0'];
const ARITHMETICS: readonly Arithmetic[] = ['f32', 'f16', 'dot8'];
const FOLDS = ['tree', 'subgroups'] as const;
const RINGS = ['f16', 'f32'] as const;
/** Lanes and rows of a workgroup, from few for a software renderer to the most invocations that WebGPU guarantees. */
const SHAPES: readonly Pick<Choice, 'lanes' | 'rows'>[] = [
  { lanes: 64, rows: 4 },
  { lanes: 4, rows: 16 },
  { lanes: 32, rows: 2 },
  { lanes: 64, rows: 8 },
  { lanes: 128, rows: 8 },
  { lanes: 256, rows: 16 },
];

/** The published model's dims, and awkward ones: a head is no whole number of vec4s, and there are no pause heads. */
const PUBLISHED = config({
  dim: 2048,
  numHeads: 16,
  hidden: 5632,
  nQ: 32,
  textCard: 8000,
  context: 750,
  pauseHeads: 4,
});
const AWKWARD = config({ dim: 160, numHeads: 16, hidden: 96, nQ: 3, textCard: 77, context: 5, pauseHeads: 0 });

function config(
  dims: Pick<LmConfig, 'dim' | 'numHeads' | 'hidden' | 'nQ' | 'textCard' | 'context' | 'pauseHeads'>,
): LmConfig {
  return {
    ...dims,
    numLayers: 1,
    card: 2048,
    maxPeriod: 100_000,
    paddingToken: 3,
    endOfPaddingToken: 0,
    pauseClasses: 6,
    audioDelaySeconds: 0.5,
    silencePrefixSeconds: 0,
  };
}

/** A kernel to compile with its parts and numbers, and the abilities it needs. */
export interface Composition extends KernelSpec {
  readonly parts: readonly PartName[];
  /** The kernel and its parts. */
  readonly source: string;
  /** `source` and the constants. */
  readonly label: string;
  /** Buffers bound. */
  readonly buffers: number;
  /** Abilities that the adapter needs. */
  readonly abilities: readonly Ability[];
}

/** Every distinct composition. */
export function compositions(): Composition[] {
  const found = new Map<string, Composition>();
  for (const type of TYPES) {
    for (const lm of [PUBLISHED, AWKWARD]) {
      for (const ring of RINGS) {
        for (const call of planUnfused(parts(lm, type, ring, BASELINE_SHAPE)).calls([BUFFER], 1)) add(found, call, []);
        for (const arithmetic of ARITHMETICS) {
          for (const fold of FOLDS) {
            for (const shape of SHAPES) {
              const choice = { arithmetic, fold, ...shape };
              const plan = planFused(parts(lm, type, ring, choice));
              for (let batch = 1; batch <= MAX_SLOTS; batch++) {
                for (const call of plan.calls([BUFFER], batch)) add(found, call, abilitiesOf(choice));
              }
            }
          }
        }
      }
    }
  }
  return [...found.values()];
}

const BASELINE_SHAPE: Choice = { arithmetic: 'f32', fold: 'tree', lanes: 64, rows: 4 };

/** The abilities of parts. A composition needs those of its parts; most kernels of a variant need fewer than the variant. */
const ABILITY_OF: Readonly<Partial<Record<PartName, Ability>>> = {
  fold_subgroups: 'subgroups',
  product_q4_0_half: 'f16',
  product_q4_0_dot8: 'dot8',
  product_q8_0_dot8: 'dot8',
};

function add(found: Map<string, Composition>, call: Call, offered: readonly Ability[]): void {
  const { name, parts: needed = [], constants, buffers, weights = [] } = call;
  const source = [name, ...needed].join(' ');
  const label = [source, ...Object.entries(constants).map(([key, value]) => `${key}=${value}`)].join(' ');
  const abilities = needed.flatMap((part) => ABILITY_OF[part] ?? []);
  const beyond = abilities.filter((ability) => !offered.includes(ability));
  if (beyond.length > 0)
    throw new Error(`${source} needs ${beyond.join()}, expected only the abilities of its variant`);
  found.set(label, {
    name,
    parts: needed,
    constants,
    source,
    label,
    buffers: buffers.length + weights.length,
    abilities,
  });
}

/** WebGPU's default limits. */
const LIMITS = { maxStorageBufferBindingSize: 128 * 1024 * 1024, maxBufferSize: 256 * 1024 * 1024 };

/** Stands in for every buffer: plans do not use them. */
const BUFFER = {} as GPUBuffer;

function parts(lm: LmConfig, type: GpuType, ring: PlanParts['ring'], choice: Choice): PlanParts {
  const { dim: M, hidden: F, textCard: V, pauseHeads, pauseClasses } = lm;
  const planes = isQuantised(type) ? 2 : 1;
  const matrix = (N: number, K: number, kind: GpuType = type): GpuMatrix => ({
    type: kind,
    N,
    K,
    buffers: Array.from({ length: kind === type ? planes : 1 }, () => BUFFER),
    bytes: 0,
  });
  return {
    memory: { storage: () => BUFFER, device: { limits: LIMITS } } as unknown as PlanParts['memory'],
    config: lm,
    buffers: { input: BUFFER, state: BUFFER, phrases: BUFFER, result: BUFFER, logits: BUFFER, pause: BUFFER },
    ring,
    tuning: uniformly(choice),
    weights: {
      tables: { type, count: lm.nQ + 1, K: M, first: BUFFER, buffers: matrix(1, M).buffers },
      layers: [
        {
          norm1: BUFFER,
          qkv: matrix(3 * M, M),
          out: matrix(M, M),
          norm2: BUFFER,
          ffnIn: matrix(2 * F, M),
          ffnOut: matrix(M, F),
        },
      ],
      outNorm: BUFFER,
      head: matrix(V, M),
      pause: pauseHeads > 0 ? matrix(pauseHeads * pauseClasses, M, 'f32') : undefined,
    },
  };
}
