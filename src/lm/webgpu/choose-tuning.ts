/** Chooses the tuning for a model: the requested variant, a stored result, or a new run of the tuner. */
import { SttError } from '../../errors.js';
import type { Gpu } from '../../gpu/device.js';
import { tune, UNLIMITED, type TunerParts } from './tuner.js';
import { readTuning, writeTuning } from './tuning-store.js';
import {
  abilitiesOf,
  BASELINE,
  MATRICES,
  parseVariant,
  SOFTWARE,
  uniformly,
  type Choice,
  type Tuning,
} from './tuning.js';

export interface TuningOptions {
  /**
   * `baseline`, or abilities joined by `+`: `subgroups`, `f16`, `dot8`; lanes and rows may follow, as in `baseline 64x8`.
   * Default: what the tuner finds fastest.
   */
  readonly variant?: string;
  /** Whether to time kernels at load; `always` takes as long as it needs. Default: timed briefly, on a hardware GPU only. */
  readonly tuner?: 'always' | 'never';
}

/** Throws `invalid-argument` for an unknown variant, `unsupported` for one that needs an ability this GPU lacks. */
export async function chooseTuning(parts: TunerParts, { variant, tuner }: TuningOptions): Promise<Tuning> {
  const { gpu } = parts;
  if (variant !== undefined) return uniformly({ ...plainChoice(gpu), ...requestedChoice(gpu, variant) });
  const isTuned = tuner === undefined ? !gpu.isSoftware : tuner === 'always';
  if (!isTuned) return plainTuning(gpu);
  const key = keyOf(parts);
  const found = await readTuning(key);
  if (found && missingAbility(gpu, found) === undefined) return found;
  const { tuning, isComplete } = await (tuner === 'always' ? tune(parts, UNLIMITED) : tune(parts));
  if (isComplete) await writeTuning(key, tuning);
  return tuning;
}

/** The tuning that needs no ability beyond WebGPU's own. */
export function plainTuning(gpu: Gpu): Tuning {
  return uniformly(plainChoice(gpu));
}

function plainChoice({ isSoftware }: Gpu): Choice {
  return isSoftware ? SOFTWARE : BASELINE;
}

function requestedChoice(gpu: Gpu, variant: string): Partial<Choice> {
  const choice = parseVariant(variant);
  if (!choice) {
    throw new SttError(
      'invalid-argument',
      `variant is "${variant}", expected "baseline" or abilities joined by "+" (subgroups, f16, dot8), then lanes and rows as in "64x8"`,
    );
  }
  const missing = abilitiesOf(choice).find((ability) => !gpu.abilities.has(ability));
  if (missing) throw new SttError('unsupported', `The ${gpu.label} lacks ${missing}, which variant "${variant}" needs`);
  return choice;
}

/** An ability that a stored tuning needs and this GPU lacks: the browser's flags may have changed since. */
function missingAbility(gpu: Gpu, { matrices, fold }: Tuning): string | undefined {
  const needed = [...MATRICES.flatMap((role) => abilitiesOf(matrices[role])), ...(fold === 'subgroups' ? [fold] : [])];
  return needed.find((ability) => !gpu.abilities.has(ability));
}

/** The key of a stored tuning: everything the times depend on. */
function keyOf({ gpu, config, weights, ring }: TunerParts): string {
  const { dim, hidden, numHeads, context, textCard } = config;
  const types = weights.layers.slice(0, 1).flatMap(({ qkv, out, ffnIn, ffnOut }) => [qkv, out, ffnIn, ffnOut]);
  const shape = [dim, hidden, numHeads, context, textCard, ...[...types, weights.head].map(({ type }) => type), ring];
  return [gpu.adapter, gpu.implementation, [...gpu.abilities].join('+'), ...shape].join(' ');
}
