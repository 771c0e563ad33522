/** Case A compared with the official implementation by `verifyModel`: an intact model agrees, a damaged part is named. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { openModelFromDirectory } from '../../../src/cli/open-model-from-path.js';
import { readAudio } from '../../../src/cli/read-audio.js';
import type { Model } from '../../../src/model/model.js';
import { compareSequences, shareOf, sumOf } from '../../../src/verify/compare.js';
import { judge } from '../../../src/verify/judge.js';
import { parseReference, type Reference } from '../../../src/verify/reference.js';
import { formatReport } from '../../../src/verify/report.js';
import { verifyModel, type BackendResult, type Verification } from '../../../src/verify/verify-model.js';
import { readGolden, type Golden } from '../conformance/golden.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const reference = parseReference('case-a.json', readFileSync(new URL('verify/case-a.json', fixtures), 'utf8'));

/** The model with one tensor of zeros. */
function withoutTensor(model: Model, name: string): Model {
  assert.ok(model.tensors.has(name), name);
  return {
    ...model,
    readTensor: async (each) => zeroed(each === name, await model.readTensor(each)),
    readTensorSlice: async (each, offset, length) =>
      zeroed(each === name, await model.readTensorSlice(each, offset, length)),
    readTensorF32: async (each) => zeroed(each === name, await model.readTensorF32(each)),
  };
}

function zeroed<T extends Uint8Array | Float32Array>(isZero: boolean, values: T): T {
  if (isZero) values.fill(0);
  return values;
}

describe('verifying case A', () => {
  let model: Model;
  let samples: Float32Array;
  let golden: Golden;
  before(async () => {
    model = await openModelFromDirectory(new URL('case-a/', fixtures).pathname);
    samples = await readAudio(new URL('case-a/input.wav', fixtures).pathname, 24_000);
    golden = await readGolden(new URL('case-a/expected.safetensors', fixtures));
  });

  const verify = (changed: Partial<Reference> = {}, other: Model = model): Promise<Verification> =>
    verifyModel(other, { ...reference, ...changed }, samples, {
      backends: [{ name: 'wasm' }],
      build: 'simd',
      yieldToEventLoop: () => new Promise((done) => setImmediate(done)),
    });

  it('finds every code and token equal, alone and end to end', async () => {
    const verification = await verify();
    assert.deepEqual(sumOf(verification.codec.codebooks), { equal: 864, total: 864 });
    const cpu = onlyBackend(verification);
    assert.deepEqual(cpu.alone?.tokens, { equal: 109, total: 109 });
    assert.deepEqual(cpu.endToEnd.tokens, { equal: 109, total: 109 });
    assert.equal(cpu.endToEnd.words, undefined);
    assert.deepEqual(verification.weights, ['bf16']);
    const verdict = judge(verification, reference);
    assert.equal(verdict.passed, true);
    assert.equal(verdict.checks.length, 4);
    assert.match(
      formatReport(verification, verdict, 'a machine'),
      /864 of 864 \(100\.0 %\) codes equal[^]*Verification passed\.\n$/,
    );
  });

  it('finds how the reference aligned codes and steps', async () => {
    const [lag, drop] = [Array.from(golden('lag_text')), Array.from(golden('drop_text'))];
    // In a stream of ours the first frame is fed; where it replaced the initial tokens, later tokens differ too.
    const unlike = compareSequences(lag.slice(1), drop).equal;
    const cases: [string, readonly number[], number][] = [
      ['lag', lag, 109],
      ['lag', lag.slice(0, -1), 108],
      ['lag-from-1', lag.slice(1), 108],
      ['drop', drop, unlike],
    ];
    for (const [name, tokens, equalEndToEnd] of cases) {
      const verification = await verify({ tokens, alignment: undefined });
      assert.deepEqual(verification.alignment, { name, isDetected: true });
      const { alone, endToEnd } = onlyBackend(verification);
      assert.deepEqual(alone?.tokens, { equal: tokens.length, total: tokens.length }, name);
      assert.equal(endToEnd.tokens?.equal, equalEndToEnd, name);
    }
  });

  it('names the codec if only the codec is wrong', async () => {
    const damaged = withoutTensor(model, 'mimi.encoder_transformer.transformer.layers.1.linear2.weight');
    const verification = await verify({}, damaged);
    assert.ok(shareOf(sumOf(verification.codec.codebooks)) < 0.9);
    assert.deepEqual(onlyBackend(verification).alone?.tokens, { equal: 109, total: 109 });
    const { checks, passed } = judge(verification, reference);
    assert.equal(passed, false);
    assert.deepEqual(
      checks.filter((each) => !each.passed).map(({ name }) => name),
      ['codes', 'codes of the first codebook', 'CPU: tokens end to end'],
    );
  });

  it('names the language model if only the language model is wrong', async () => {
    const damaged = withoutTensor(model, 'transformer.layers.1.self_attn.out_proj.weight');
    const verification = await verify({}, damaged);
    assert.deepEqual(sumOf(verification.codec.codebooks), { equal: 864, total: 864 });
    const verdict = judge(verification, reference);
    assert.deepEqual(
      verdict.checks.filter((each) => !each.passed).map(({ name }) => name),
      ['CPU: tokens on the official codes', 'CPU: tokens end to end'],
    );
    assert.match(
      formatReport(verification, verdict, 'a machine'),
      /differ from \d+[^]*FAIL[^]*Verification failed\.\n$/,
    );
  });

  it('compares no tokens with another vocabulary, but the words', async () => {
    const verification = await verify({ textCard: 101, transcript: 'in the heart' });
    const { alone, endToEnd } = onlyBackend(verification);
    assert.equal(alone, undefined);
    assert.equal(endToEnd.tokens, undefined);
    assert.equal(endToEnd.words?.words, 3);
    assert.equal(verification.alignment, undefined);
    const verdict = judge(verification, reference);
    assert.match(formatReport(verification, verdict, 'a machine'), /another text vocabulary/);
    const note = 'lm.gguf was not found; other.gguf is used instead.';
    assert.match(
      formatReport({ ...verification, instead: note }, verdict, 'a machine'),
      /^Files {6}lm\.gguf was not found/m,
    );
  });

  it('rejects a reference of another codec', async () => {
    await assert.rejects(verify({ codebookSize: 2048 }), {
      code: 'invalid-argument',
      message: /^case-a: found 8 codebooks of 64 entries, expected 8 of 2048 as in the reference case A/,
    });
  });

  it('checks the codec even if no backend runs, and does not pass', async () => {
    const verification = await verifyModel(model, reference, samples, {
      backends: [{ name: 'webgpu', whyNot: 'there is none' }],
      yieldToEventLoop: () => Promise.resolve(),
    });
    assert.deepEqual(sumOf(verification.codec.codebooks), { equal: 864, total: 864 });
    const verdict = judge(verification, reference);
    assert.equal(verdict.passed, false);
    assert.match(formatReport(verification, verdict, 'a machine'), /GPU not checked: there is none\./);
  });
});

function onlyBackend({ backends: [result] }: Verification): BackendResult {
  assert.ok(result && !('whyNot' in result));
  return result;
}
