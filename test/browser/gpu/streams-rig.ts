/** Streams of random codes on a GPU, and what comes of them. */
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

/** The inputs of `steps` steps: none, then [nQ] u32 each. Another seed is another speaker. */
export function speech({ nQ, card }: LmConfig, steps: number, seed: number): (Uint32Array | null)[] {
  const below = seeded(seed);
  return Array.from({ length: steps }, (_, t) =>
    t === 0 ? null : Uint32Array.from({ length: nQ }, () => below(card)),
  );
}

/** What one stream was told, step by step. */
export interface Heard {
  readonly steps: number[];
  readonly tokens: number[];
  readonly probabilities: number[];
  readonly pauses: number[];
}

export const nothing = (): Heard => ({ steps: [], tokens: [], probabilities: [], pauses: [] });

/** Opens a stream that writes down what it is told; `also` is called after each. */
export function listen(
  lm: WebGpuLanguageModel,
  also: (result: LmResult) => void = () => undefined,
): { readonly stream: WebGpuLmStream; readonly heard: Heard } {
  const heard = nothing();
  const stream = lm.open((result) => {
    heard.steps.push(result.step);
    heard.tokens.push(result.token);
    heard.probabilities.push(result.probability);
    heard.pauses.push(...result.pause);
    also(result);
  });
  return { stream, heard };
}

/** What a stream hears that has the model to itself. */
export async function alone(lm: WebGpuLanguageModel, codes: readonly (Uint32Array | null)[]): Promise<Heard> {
  const { stream, heard } = listen(lm);
  for (const each of codes) stream.push(each);
  await stream.settled();
  stream.close();
  return heard;
}

/** Every step told once and in order, with the tokens of `expected` and its probabilities within `tolerance`. */
export function assertHeard(heard: Heard, expected: Heard, tolerance: number, who: string): void {
  assert.deepEqual(heard.steps, Array.from(expected.tokens.keys()), `${who}: steps`);
  assert.deepEqual(heard.tokens, expected.tokens, `${who}: tokens`);
  for (const what of ['probabilities', 'pauses'] as const) {
    assert.equal(heard[what].length, expected[what].length, `${who}: ${what}`);
    const off = heard[what].map((v, i) => Math.abs(v - (expected[what][i] ?? NaN)));
    assert.isAtMost(Math.max(0, ...off), tolerance, `${who}: ${what}`);
  }
}
