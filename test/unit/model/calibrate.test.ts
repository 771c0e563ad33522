/** Tests that calibration records the inputs of the matrices and lowers the error of rounding. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { calibrate } from '../../../src/cli/calibrate.js';
import { convert } from '../../../src/cli/convert.js';
import { openModelFromDirectory, openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { readAudio } from '../../../src/cli/read-audio.js';
import { MatrixInputs } from '../../../src/lm/wasm/matrix-inputs.js';
import { loadWasmLm } from '../../../src/lm/wasm/wasm-lm.js';
import { loadMimi } from '../../../src/mimi/mimi-wasm.js';
import type { Model } from '../../../src/model/model.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import { command } from '../cli/command.js';
import { FIXTURES } from './crafted-files.js';

const DEMO = fileURLToPath(new URL('demo', FIXTURES));
const clip = (name: string): string => fileURLToPath(new URL(`clips/${name}.wav`, FIXTURES));
const kyutaiStt = command();
const folder = await mkdtemp(join(tmpdir(), 'calibrate-'));
after(() => rm(folder, { recursive: true }));

async function codesOf(model: Model, path: string): Promise<Uint32Array[]> {
  const mimi = await loadMimi(await createWasmHost(), model);
  const samples = await readAudio(path, model.config.mimi.sampleRate);
  const stream = mimi.open();
  const frames = Math.floor(samples.length / mimi.frameSize);
  return Array.from({ length: frames }, (_, t) =>
    stream.encode(samples.subarray(t * mimi.frameSize, (t + 1) * mimi.frameSize)).slice(),
  );
}

describe('the inputs of matrices', () => {
  it('give the logits when the last matrix is multiplied with its input', async () => {
    const model = await openModelFromDirectory(DEMO);
    const host = await createWasmHost();
    const inputs = new MatrixInputs(host);
    const lm = await loadWasmLm(host, model, { inputs, exact: true });
    const { dim, textCard, numLayers } = lm.config;
    const stream = lm.open(() => undefined);
    for (const codes of [null, ...(await codesOf(model, clip('en_human_1'))).slice(0, 5)]) {
      stream.push(codes);
      lm.flush();
    }
    const views = new Map(inputs.views());
    assert.equal(views.size, 4 * numLayers + 1);
    const head = await model.readTensorF32('text_linear.weight');
    const x = views.get('text_linear.weight')!;
    for (const [v, logit] of stream.logits.entries()) {
      const product = x.reduce((sum, value, m) => sum + value * head[v * dim + m]!, 0);
      assert.ok(Math.abs(product - logit) < 1e-4, `logit ${v} of ${textCard}: ${logit}, the product is ${product}`);
    }
  });
});

describe('calibrate', () => {
  it('weighs every column of every matrix, relative to their mean', async () => {
    const model = await openModelFromDirectory(DEMO);
    const weights = await calibrate(model, [clip('en_human_goforward')]);
    for (const [name, columns] of weights) {
      assert.equal(columns.length, model.tensors.get(name)?.shape[1], name);
      assert.ok(
        columns.every((weight) => weight >= 0.01 && Number.isFinite(weight)),
        name,
      );
    }
    const ffn = weights.get('transformer.layers.0.gating.linear_out.weight')!;
    assert.ok(Math.max(...ffn) > 5, 'activations differ between columns');
  });

  it('lowers the error of the logits on other audio', async () => {
    const base = await openModelFromDirectory(DEMO);
    const codes = await codesOf(base, clip('en_human_goforward'));
    const exact = await firstLogits(base, codes);
    const errors: number[] = [];
    for (const audio of [[], [clip('en_human_1'), clip('fr_espeak_0'), clip('en_espeak_1')]]) {
      const output = join(folder, `${audio.length}.gguf`);
      await convert({ input: DEMO, output, type: 'q4_0', calibrate: audio });
      const found = await firstLogits(await openModelFromPath(output), codes);
      errors.push(Math.sqrt(found.reduce((sum, x, i) => sum + (x - exact[i]!) ** 2, 0) / found.length));
    }
    const [plain = 0, calibrated = Infinity] = errors;
    assert.ok(calibrated < 0.98 * plain, `${calibrated} calibrated, ${plain} not`);
  });

  it('is done by the command for each recording that is named', async () => {
    const outputs: Buffer[] = [];
    for (const recordings of [[], ['en_human_1'], ['en_human_1', 'fr_espeak_0']]) {
      const output = join(folder, 'command.gguf'); // its name is in the file
      const audio = recordings.flatMap((name) => ['--calibrate', clip(name)]);
      const { status, err } = await kyutaiStt('convert', DEMO, output, '--type', 'q4_0', '--force', ...audio);
      assert.equal(status, 0, err);
      outputs.push(await readFile(output));
    }
    const [plain, one, two] = outputs as [Buffer, Buffer, Buffer];
    assert.ok(!one.equals(plain));
    assert.ok(!two.equals(one));
  });

  it('needs the search', async () => {
    const output = join(folder, 'x.gguf');
    const options = { input: DEMO, output, type: 'q4_0', scales: 'largest', calibrate: [clip('en_human_1')] } as const;
    await assert.rejects(convert(options), { code: 'invalid-argument', message: /--calibrate needs --scales search/ });
  });
});

/** The logits of the first ten frames, in float arithmetic: no word has begun, so both models receive the same text. */
async function firstLogits(model: Model, codes: readonly Uint32Array[]): Promise<number[]> {
  const lm = await loadWasmLm(await createWasmHost(), model, { exact: true });
  const stream = lm.open(() => undefined);
  const logits: number[] = [];
  for (const frame of [null, ...codes.slice(0, 10)]) {
    stream.push(frame);
    lm.flush();
    logits.push(...stream.logits);
  }
  return logits;
}
