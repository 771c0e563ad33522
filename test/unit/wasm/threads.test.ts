import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { loadWasmLm } from '../../../src/lm/wasm/wasm-lm.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import { createWasmHost, supportedBuilds } from '../../../src/wasm/host.js';
import { everyOp } from './every-op.js';
import { sourceHelpers } from './source-helpers.js';

enableRelaxedSimd();
const BUILDS = await supportedBuilds();
const MODEL = new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url).pathname;

/** Stops the pools of a test. */
const started: (() => void)[] = [];
afterEach(() => {
  for (const stop of started.splice(0)) stop();
});

/** The exact bits that each op of a plan wrote, after two runs; the second run continues from the first one's results. */
async function outputBits(build: 'simd' | 'relaxed', threads: number): Promise<Uint32Array[]> {
  const host = await createWasmHost({ build, helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  const { plan, written } = everyOp(host);
  await host.pool?.started;
  assert.equal(host.pool?.threads.threads ?? 1, threads, host.pool?.threads.fewerThreads);
  plan.run();
  plan.run();
  return written().map((floats) => new Uint32Array(floats.buffer));
}

/** Codes, tokens and logits of `frames` frames of noise: one string of exact numbers per frame. */
async function transcribeNoise(threads: number, frames: number): Promise<string[]> {
  const host = await createWasmHost({ helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  const model = await openModelFromPath(MODEL);
  const [mimi, lm] = [await loadMimi(host, model), await loadWasmLm(host, model)];
  await host.pool?.started;
  assert.equal(host.pool?.threads.threads ?? 1, threads);
  const results: string[] = [];
  const [codec, stream] = [mimi.open(), lm.open(({ token, probability }) => results.push(`${token} ${probability}`))];
  let seed = 1;
  return Array.from({ length: frames }, (_, f) => {
    const pcm = new Float32Array(mimi.frameSize).map(() => (seed = (seed * 16807) % 2147483647) / 2 ** 32 - 0.25);
    const codes = codec.encode(pcm);
    stream.push(codes);
    lm.flush();
    return `${results[f]} ${codes.join()} ${stream.logits.join()}`;
  });
}

/** Tokens and logits of `count` streams that step as a batch, `frames` frames each. */
async function stepBatch(threads: number, count: number, frames: number): Promise<string[]> {
  const host = await createWasmHost({ helpers: sourceHelpers(threads) });
  started.push(() => host.pool?.stop());
  const model = await openModelFromPath(MODEL);
  const lm = await loadWasmLm(host, model);
  await host.pool?.started;
  assert.equal(host.pool?.threads.threads ?? 1, threads);
  const results: string[] = [];
  const streams = Array.from({ length: count }, (_, i) =>
    lm.open(({ token, probability }) => results.push(`${i}: ${token} ${probability}`)),
  );
  const { nQ, card } = model.config.lm;
  let seed = 5;
  for (let f = 0; f < frames; f++) {
    for (const stream of streams)
      stream.push(Uint32Array.from({ length: nQ }, () => (seed = (seed * 16807) % 2147483647) % card));
    lm.flush();
    for (const stream of streams) results.push(stream.logits.join());
  }
  return results;
}

describe('a plan divided among threads', () => {
  for (const build of BUILDS) {
    it(`writes the same bits with two and three threads as with one (${build})`, async () => {
      const one = await outputBits(build, 1);
      for (const threads of [2, 3]) assert.deepEqual(await outputBits(build, threads), one, `${threads} threads`);
    });
  }

  it('gives the demo model the same codes, tokens and logits as one thread', async () => {
    const one = await transcribeNoise(1, 40);
    assert.ok(one.length === 40 && new Set(one).size > 30);
    for (const threads of [2, 3]) assert.deepEqual(await transcribeNoise(threads, 40), one, `${threads} threads`);
  });

  it('gives streams of a batch the same results as one thread', async () => {
    for (const count of [2, 3, 4]) {
      const one = await stepBatch(1, count, 12);
      assert.ok(new Set(one).size > 12 * count, 'logits differ between streams and steps');
      for (const threads of [2, 3])
        assert.deepEqual(await stepBatch(threads, count, 12), one, `${count} streams, ${threads} threads`);
    }
  });
});
