/** Judges a verification by its reference's thresholds. */
import type { Backend } from '../protocol/model.js';
import { shareOf, sumOf, wordErrorRate } from './compare.js';
import type { Reference } from './reference.js';
import { isCoarse, type BackendResult, type Verification } from './verify-model.js';

export interface Check {
  readonly name: string;
  /** 0 … 1. */
  readonly found: number;
  readonly bound: 'at least' | 'at most';
  readonly threshold: number;
  readonly passed: boolean;
}

export interface Verdict {
  readonly checks: readonly Check[];
  readonly passed: boolean;
}

/** How a backend is called in reports. */
export const BACKEND_NAMES: Readonly<Record<Backend, string>> = { wasm: 'CPU', webgpu: 'GPU' };

/** A verification without a checked backend has not passed. */
export function judge(verification: Verification, { thresholds }: Pick<Reference, 'thresholds'>): Verdict {
  const limits = isCoarse(verification) ? thresholds.quantised : thresholds.full;
  const checks: Check[] = [];
  const add = (name: string, bound: Check['bound'], found: number | undefined, threshold: number | undefined): void => {
    if (found === undefined || threshold === undefined) return;
    checks.push({
      name,
      found,
      bound,
      threshold,
      passed: bound === 'at least' ? found >= threshold : found <= threshold,
    });
  };
  const { codebooks } = verification.codec;
  add('codes', 'at least', shareOf(sumOf(codebooks)), limits.codes);
  add('codes of the first codebook', 'at least', codebooks[0] && shareOf(codebooks[0]), limits.firstCodebook);
  const checked = verification.backends.filter((each): each is BackendResult => !('whyNot' in each));
  for (const { backend, alone, endToEnd } of checked) {
    const on = BACKEND_NAMES[backend];
    add(`${on}: tokens on the official codes`, 'at least', alone && shareOf(alone.tokens), limits.tokens);
    add(`${on}: tokens end to end`, 'at least', endToEnd.tokens && shareOf(endToEnd.tokens), limits.tokensEndToEnd);
    add(`${on}: word error rate`, 'at most', endToEnd.words && wordErrorRate(endToEnd.words), limits.wordErrorRate);
  }
  return { checks, passed: checked.length > 0 && checks.length > 0 && checks.every(({ passed }) => passed) };
}
