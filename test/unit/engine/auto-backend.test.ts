/** The backend that `auto` chooses, and the reason it gives. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadAuto, whyNotHere } from '../../../src/engine/auto-backend.js';
import { SttError, type SttErrorCode } from '../../../src/errors.js';
import { FakeEngine } from '../worker/fake-engine.js';

interface Outcome {
  readonly engine: FakeEngine;
  readonly fallback: string | undefined;
  /** Backends tried, in order, with the reason given. */
  readonly tried: readonly string[];
}

async function choose(gpu: { whyNot?: string; fails?: Error; stepMs?: number }): Promise<Outcome> {
  const tried: string[] = [];
  const choice = await loadAuto<FakeEngine>({
    whyNot: () => Promise.resolve(gpu.whyNot),
    load: (backend, fallback) => {
      tried.push(backend, ...(fallback === undefined ? [] : [fallback]));
      if (backend === 'webgpu' && gpu.fails) return Promise.reject(gpu.fails);
      return Promise.resolve(new FakeEngine(1, backend, gpu.stepMs));
    },
    release: (engine) => {
      tried.push('given up');
      engine.dispose();
    },
  });
  return { engine: choice.engine, fallback: choice.fallback, tried };
}

describe('the backend of auto', () => {
  it('is the GPU where there is one that keeps up', async () => {
    const { engine, fallback, tried } = await choose({ stepMs: 60 });
    assert.deepEqual([engine.info().backend, fallback, tried], ['webgpu', undefined, ['webgpu']]);
  });

  it('is the GPU although it has not yet said how fast it is', async () => {
    assert.equal((await choose({ stepMs: 0 })).engine.info().backend, 'webgpu');
  });

  it('is the CPU where the adapter will not do, and the GPU is not tried', async () => {
    const { engine, fallback, tried } = await choose({ whyNot: 'There is no GPU' });
    assert.equal(engine.info().backend, 'wasm');
    assert.equal(fallback, 'There is no GPU');
    assert.deepEqual(tried, ['wasm', 'There is no GPU']);
  });

  for (const code of [
    'unsupported',
    'gpu-limit-too-small',
    'gpu-failed',
    'gpu-device-lost',
    'out-of-memory',
  ] as const satisfies readonly SttErrorCode[]) {
    it(`is the CPU where the GPU fails with ${code}, and says so`, async () => {
      const { engine, fallback } = await choose({ fails: new SttError(code, 'The GPU has 1, needs 2') });
      assert.equal(engine.info().backend, 'wasm');
      assert.equal(fallback, `The GPU has 1, needs 2 (${code})`);
    });
  }

  it('is the CPU where a step takes too long on the GPU, after the GPU’s engine is released', async () => {
    const { engine, fallback, tried } = await choose({ stepMs: 61 });
    assert.equal(engine.info().backend, 'wasm');
    assert.match(fallback ?? '', /acme fast.*61 ms.*60 ms/);
    assert.deepEqual(tried, ['webgpu', 'given up', 'wasm', fallback]);
  });

  it('fails at once where the CPU would fail, too', async () => {
    const wrong = new SttError('model-invalid', 'a tensor is not a number');
    await assert.rejects(choose({ fails: wrong }), wrong);
    const left = new DOMException('nobody waits', 'AbortError');
    await assert.rejects(choose({ fails: left }), left);
  });

  it('has a reason against the GPU here, where there is none', async () => {
    assert.match((await whyNotHere('webgpu', true)) ?? '', /WebGPU is not available here/);
  });
});
