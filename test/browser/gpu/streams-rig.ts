/** Runs streams of random codes on a GPU and records their results. */
import { assert } from '@open-wc/testing';
import type { LmResult } from '../../../src/lm/language-model.js';
import type { WebGpuLanguageModel } from '../../../src/lm/webgpu/webgpu-lm.js';
import type { WebGpuLmStream } from '../../../src/lm/webgpu/webgpu-stream.js';
import type { LmConfig } from '../../../src/model/config.js';
import type { Model } from '../../../src/model/model.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { seeded } from '../../unit/lm/webgpu/seeded.js';

export const openCase = (name: 'case-a' | 'case-odd'): Promise<Model> =>
  openModelFromUrl({ url: new URL(`/test/fixtures/${name}/`, location.origin).href });

/** The inputs of `steps` steps: null, then [nQ] u32 each, random by `seed`. */
export function speech({ nQ, card }: LmConfig, steps: number, seed: number): (Uint32Array | null)[] {
  const below = seeded(seed);
  return Array.from({ length: steps }, (_, t) =>
    t === 0 ? null : Uint32Array.from({ length: nQ }, () => below(card)),
  );
}

/** The results of one stream, step by step. */
export interface Results {
  readonly steps: number[];
  readonly tokens: number[];
  readonly probabilities: number[];
  readonly pauses: number[];
}

export const noResults = (): Results => ({ steps: [], tokens: [], probabilities: [], pauses: [] });

/** Opens a stream and records its results; `also` is called after each. */
export function record(
  lm: WebGpuLanguageModel,
  also: (result: LmResult) => void = () => undefined,
): { readonly stream: WebGpuLmStream; readonly results: Results } {
  const results = noResults();
  const stream = lm.open((result) => {
    results.steps.push(result.step);
    results.tokens.push(result.token);
    results.probabilities.push(result.probability);
    results.pauses.push(...result.pause);
    also(result);
  });
  return { stream, results };
}

/** The results of a stream that runs alone. */
export async function alone(lm: WebGpuLanguageModel, codes: readonly (Uint32Array | null)[]): Promise<Results> {
  const { stream, results } = record(lm);
  for (const each of codes) stream.push(each);
  await stream.settled();
  stream.close();
  return results;
}

/** Checks that every step has one result, in order, with the tokens of `expected` and its probabilities within `tolerance`. */
export function assertResults(results: Results, expected: Results, tolerance: number, name: string): void {
  assert.deepEqual(results.steps, Array.from(expected.tokens.keys()), `${name}: steps`);
  assert.deepEqual(results.tokens, expected.tokens, `${name}: tokens`);
  for (const what of ['probabilities', 'pauses'] as const) {
    assert.equal(results[what].length, expected[what].length, `${name}: ${what}`);
    const off = results[what].map((v, i) => Math.abs(v - (expected[what][i] ?? NaN)));
    assert.isAtMost(Math.max(0, ...off), tolerance, `${name}: ${what}`);
  }
}
