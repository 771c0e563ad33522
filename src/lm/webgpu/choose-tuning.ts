/** Which tuning a model is loaded with: one that was asked for, one found before, or one found now. */
import { SttError } from '../../errors.js';
import type { Gpu } from '../../gpu/device.js';
import { recall, remember } from './tuning-store.js';
import { PATIENT, tune, type TunerParts } from './tuner.js';
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
  const plain = gpu.isSoftware ? SOFTWARE : BASELINE;
  if (variant !== undefined) return uniformly({ ...plain, ...askedFor(gpu, variant) });
  const isTuned = tuner === undefined ? !gpu.isSoftware : tuner === 'always';
  if (!isTuned) return uniformly(plain);
  const key = keyOf(parts);
  const found = await recall(key);
  if (found && lacks(gpu, found) === undefined) return found;
  const { tuning, isComplete } = await (tuner === 'always' ? tune(parts, PATIENT) : tune(parts));
  if (isComplete) await remember(key, tuning);
  return tuning;
}

function askedFor(gpu: Gpu, variant: string): Partial<Choice> {
  const asked = parseVariant(variant);
  if (!asked) {
    throw new SttError(
      'invalid-argument',
      `variant is "${variant}", expected baseline, or subgroups, f16, dot8 with +, then lanes x rows`,
    );
  }
  const lacking = abilitiesOf(asked).find((ability) => !gpu.abilities.has(ability));
  if (lacking) throw new SttError('unsupported', `The ${gpu.label} lacks ${lacking}, which variant "${variant}" needs`);
  return asked;
}

/** An ability a tuning needs that this GPU has not: the browser may have been started with other flags since. */
function lacks(gpu: Gpu, { matrices, fold }: Tuning): string | undefined {
  const needed = [...MATRICES.flatMap((role) => abilitiesOf(matrices[role])), ...(fold === 'subgroups' ? [fold] : [])];
  return needed.find((ability) => !gpu.abilities.has(ability));
}

/** What the times depend on. */
function keyOf({ gpu, config, weights, ring }: TunerParts): string {
  const { dim, hidden, numHeads, context, textCard } = config;
  const types = weights.layers.slice(0, 1).flatMap(({ qkv, out, ffnIn, ffnOut }) => [qkv, out, ffnIn, ffnOut]);
  const shape = [dim, hidden, numHeads, context, textCard, ...[...types, weights.head].map(({ type }) => type), ring];
  return [gpu.adapter, gpu.implementation, [...gpu.abilities].join('+'), ...shape].join(' ');
}
