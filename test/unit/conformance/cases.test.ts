import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { convert } from '../../../src/cli/convert.js';
import { nodeFileSource } from '../../../src/cli/node-file-source.js';
import { openModelFromDirectory, openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { enableRelaxedSimd } from '../../../src/cli/relaxed-simd.js';
import { loadWasmLm, type WasmLmOptions } from '../../../src/lm/wasm/wasm-lm.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import type { Model } from '../../../src/model/model.js';
import { openModel } from '../../../src/model/open-model.js';
import { createWasmHost, type WasmHost } from '../../../src/wasm/host.js';
import { near } from '../kernels/harness.js';
import { readGolden, type Golden } from './golden.js';

enableRelaxedSimd();
const CASE = new URL('../../fixtures/case-a/', import.meta.url);
const ODD = new URL('../../fixtures/case-odd/', import.meta.url);
const TRANSFORMERS = new URL('../../fixtures/transformers/', import.meta.url);
/** Tolerances relative to the official implementation. */
const LOGITS = 1e-2;
const PAUSE = 1e-3;
/** 1 % of the latents' rms, 2.17. */
const LATENT = 2e-2;

async function readPcm(folder: URL, frames: number, frameSize: number): Promise<Float32Array> {
  const wav = await readFile(new URL('input.wav', folder));
  const pcm = new Float32Array(frames * frameSize);
  for (let i = 0; 44 + 2 * i + 1 < wav.length; i++) pcm[i] = wav.readInt16LE(44 + 2 * i) / 32768;
  return pcm;
}

async function encode(
  host: WasmHost,
  model: Model,
  frames: number,
  folder = CASE,
): Promise<{ codes: number[]; latents: number[]; grown: number }> {
  const mimi = await loadMimi(host, model);
  const pcm = await readPcm(folder, frames, mimi.frameSize);
  const stream = mimi.open();
  const bytes = host.arena.bytes;
  const codes: number[] = [];
  const latents: number[] = [];
  for (let at = 0; at < pcm.length; at += mimi.frameSize) {
    codes.push(...stream.encode(pcm.subarray(at, at + mimi.frameSize)));
    latents.push(...stream.latent);
  }
  return { codes, latents, grown: host.arena.bytes - bytes };
}

async function step(
  host: WasmHost,
  model: Model,
  codes: ArrayLike<number>,
  options: WasmLmOptions = {},
): Promise<{ text: number[]; logits: number[]; vad: number[] }> {
  const lm = await loadWasmLm(host, model, options);
  const K = lm.config.nQ;
  const out = { text: [] as number[], logits: [] as number[], vad: [] as number[] };
  const stream = lm.open(({ token }) => out.text.push(token));
  for (let t = -1; t < codes.length / K; t++) {
    stream.push(t < 0 ? null : Uint32Array.from({ length: K }, (_, q) => codes[t * K + q]!));
    lm.flush();
    out.logits.push(...stream.logits);
    out.vad.push(...stream.pauseClasses);
  }
  return out;
}

for (const build of ['simd', 'relaxed'] as const) {
  describe(`case A compared with the official implementation (${build})`, () => {
    let golden: Golden;
    let model: Model;
    let host: WasmHost;
    before(async () => {
      golden = await readGolden(new URL('expected.safetensors', CASE));
      model = await openModelFromDirectory(new URL('.', CASE).pathname);
      host = await createWasmHost({ build });
    });

    it('has the same codes and latents in every frame, and allocates no memory', async () => {
      const { codes, latents, grown } = await encode(host, model, 108);
      assert.deepEqual(codes, Array.from(golden('codes')));
      near(Float32Array.from(latents), golden('mimi_latent') as Float32Array, LATENT);
      assert.equal(grown, 0);
    });

    it('has the same tokens, logits and pause probabilities for the same codes', async () => {
      const { text, logits, vad } = await step(host, model, golden('codes'));
      assert.deepEqual(text, Array.from(golden('lag_text')));
      near(Float32Array.from(logits), golden('lag_logits') as Float32Array, LOGITS);
      near(Float32Array.from(vad), golden('lag_vad') as Float32Array, PAUSE);
    });
  });

  describe(`case A in the third-party layout (${build})`, () => {
    it('un-permutes the codec, and matches f32 on the dequantised weights', async () => {
      const file = (name: string): ReturnType<typeof nodeFileSource> => nodeFileSource(new URL(name, CASE).pathname);
      const model = await openModel({
        gguf: await file('alt/model-q4.gguf'),
        mimi: await file('alt/mimi-encoder-f16.safetensors'),
        tokenizer: await file('tokenizer_case.model'),
        mimiConfig: await file('mimi_config.json'),
      });
      const host = await createWasmHost({ build });
      const alt = await readGolden(new URL('alt/expected_alt.safetensors', CASE));
      const expected = await readGolden(new URL('expected.safetensors', CASE));
      assert.deepEqual((await encode(host, model, 108)).codes, Array.from(alt('codes_f16mimi')));
      const exact = await step(host, model, expected('codes'), { exact: true });
      assert.deepEqual(exact.text, Array.from(alt('lag_q4_text')));
      near(Float32Array.from(exact.logits), alt('lag_q4_logits') as Float32Array, LOGITS);

      // Int8 activations change logits by 0.05 rms of their 2.6; tokens may only diverge at a near-tie.
      const int8 = await step(host, model, expected('codes'));
      const V = alt('lag_q4_logits').length / int8.text.length;
      const first = int8.text.findIndex((token, i) => token !== alt('lag_q4_text')[i]);
      const until = first < 0 ? int8.text.length : first;
      const errors = int8.logits.slice(0, until * V).map((v, i) => v - alt('lag_q4_logits')[i]!);
      const rms = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length);
      assert.ok(rms < 0.1, `int8 activations move the logits by ${rms} rms`);
      if (first >= 0) {
        const [best = 0, second = 0] = Array.from(alt('lag_q4_logits').subarray(first * V, (first + 1) * V)).sort(
          (a, b) => b - a,
        );
        assert.ok(best - second < 0.1, `tokens part at step ${first}, where the margin is ${best - second}`);
      }
    });
  });

  describe(`a model of irregular dimensions (${build})`, () => {
    it('has the same codes, latents, tokens and logits as the numpy model', async () => {
      const golden = await readGolden(new URL('expected.safetensors', ODD));
      const model = await openModelFromDirectory(ODD.pathname);
      const host = await createWasmHost({ build });
      const { codes, latents } = await encode(host, model, 70, ODD);
      assert.deepEqual(codes, Array.from(golden('codes')));
      near(Float32Array.from(latents), golden('mimi_latent') as Float32Array, LATENT);
      const { text, logits } = await step(host, model, golden('codes'));
      assert.deepEqual(text, Array.from(golden('lag_text')));
      near(Float32Array.from(logits), golden('lag_logits') as Float32Array, LOGITS);
    });
  });

  describe(`a checkpoint of the transformers library (${build})`, () => {
    it('has the same codes, tokens and logits as the library', async () => {
      const golden = await readGolden(new URL('expected.safetensors', TRANSFORMERS));
      const model = await openModelFromDirectory(TRANSFORMERS.pathname);
      const host = await createWasmHost({ build });
      const frames = golden('codes').length / model.config.lm.nQ;
      const { codes } = await encode(host, model, frames, CASE);
      assert.deepEqual(codes, Array.from(golden('codes')));
      const { text, logits } = await step(host, model, golden('codes'));
      assert.deepEqual(text, Array.from(golden('text')));
      near(Float32Array.from(logits), golden('logits') as Float32Array, LOGITS);
    });
  });
}

/** The largest rms error of the logits for each type of weights. Case A's logits are 2.6 rms. */
const COSTS = { f32: 1e-4, f16: 1e-4, q8_0: 0.15, q4_0: 2 } as const;

describe('case A converted to every type of weight', () => {
  for (const type of ['f32', 'f16', 'q8_0', 'q4_0'] as const) {
    it(`matches f32 on the same ${type} weights`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'case-a-'));
      const output = join(folder, `${type}.gguf`);
      await convert({ input: CASE.pathname, output, type });
      const model = await openModelFromPath(output);
      const golden = await readGolden(new URL('expected.safetensors', CASE));
      const host = await createWasmHost();
      const exact = await step(host, model, golden('codes'), { exact: true });
      const native = await step(host, model, golden('codes'));
      await rm(folder, { recursive: true });
      // Compared until the tokens diverge: after that the two models receive different text.
      const parted = native.text.findIndex((token, i) => token !== exact.text[i]);
      const until = (parted < 0 ? native.text.length : parted + 1) * model.config.lm.textCard;
      const rms = (a: number[], b: ArrayLike<number>, n: number): number =>
        Math.sqrt(a.slice(0, n).reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0) / n);
      const error = rms(native.logits, exact.logits, until);
      assert.ok(error < (type.startsWith('q') ? 0.1 : 1e-4), `${type}: ${error} rms from floats on the same weights`);
      assert.ok(until > 5 * model.config.lm.textCard, `${type}: the tokens part at step ${parted}`);
      const cost = rms(exact.logits, golden('lag_logits'), model.config.lm.textCard);
      assert.ok(cost < COSTS[type], `${type}: the weights cost ${cost} rms at step 0`);
    });
  }
});
