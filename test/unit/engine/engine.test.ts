/** The engine: its info, its sessions, backends that are not available, and unsuitable files. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { Engine } from '../../../src/engine/engine.js';
import { SttError } from '../../../src/errors.js';
import type { Model } from '../../../src/model/model.js';
import { config, FakeLm, FakeMimi, tokenizer } from './fake-model.js';

function fakeEngine(): { engine: Engine; mimi: FakeMimi; lm: FakeLm } {
  const [mimi, lm] = [new FakeMimi(), new FakeLm()];
  const engine = new Engine({ name: 'fake', config, build: 'simd', mimi, lm, tokenizer, memoryBytes: () => 0 });
  return { engine, mimi, lm };
}

const demoFolder = fileURLToPath(new URL('../../fixtures/demo', import.meta.url));
const changed = (model: Model, changes: Partial<Model>): Model => ({
  name: model.name,
  config: model.config,
  tensors: model.tensors,
  tokenizer: model.tokenizer,
  readTensor: (name) => model.readTensor(name),
  readTensorSlice: (name, offset, length) => model.readTensorSlice(name, offset, length),
  readTensorF32: (name) => model.readTensorF32(name),
  ...changes,
});

describe('Engine', () => {
  it('gives engines distinct ids and counts the models loaded', () => {
    const [one, two] = [fakeEngine().engine.info(), fakeEngine().engine.info()];
    assert.notEqual(one.engineId, two.engineId);
    assert.equal(two.loads, one.loads + 1);
    assert.equal(one.pauseHeads, 4);
  });

  it('aborts its sessions on dispose, once, and opens none afterwards', async () => {
    const { engine, mimi, lm } = fakeEngine();
    const sessions = [engine.open(() => undefined), engine.open(() => undefined)];
    const finished = sessions.map((session) => session.finish());
    assert.equal(engine.sessions, 2);
    engine.dispose();
    engine.dispose();
    for (const promise of finished) await assert.rejects(promise, { name: 'AbortError' });
    assert.deepEqual([engine.sessions, mimi.live, lm.live, mimi.disposed, lm.disposed], [0, 0, 0, true, true]);
    assert.throws(() => engine.open(() => undefined), /\(invalid-state\)/);
  });

  it('rejects with unsupported without WebGPU', async () => {
    const model = await openModelFromPath(demoFolder);
    await assert.rejects(Engine.load(model, { backend: 'webgpu' }), (error: unknown) => {
      assert.ok(error instanceof SttError);
      assert.equal(error.code, 'unsupported');
      assert.match(error.message, /WebGPU is not available here/);
      return true;
    });
  });

  it('uses the wasm backend by default', async () => {
    const engine = await Engine.load(await openModelFromPath(demoFolder));
    assert.equal(engine.info().backend, 'wasm');
    assert.equal(engine.frameSize, 1920);
    assert.equal(engine.sampleRate, 24_000);
    assert.ok(engine.memoryBytes > 10_000_000);
    engine.dispose();
  });

  it('rejects the tokenizer of another model before reading any weights', async () => {
    const model = await openModelFromPath(demoFolder);
    const other = readFileSync(new URL('../../fixtures/case-a/tokenizer_case.model', import.meta.url));
    let reads = 0;
    const readTensor: Model['readTensor'] = (name) => {
      reads++;
      return model.readTensor(name);
    };
    const wrong = changed(model, { tokenizer: Uint8Array.from(other), readTensor });
    await assert.rejects(Engine.load(wrong), /has 100 pieces, expected 256.*\(tokenizer-invalid\)/);
    assert.equal(reads, 0);
  });
});
