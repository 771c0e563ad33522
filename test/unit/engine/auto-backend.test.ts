/** The backend that `auto` chooses, and its reason. */
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

describe('auto', () => {
  it('chooses a GPU that keeps up', async () => {
    const { engine, fallback, tried } = await choose({ stepMs: 60 });
    assert.deepEqual([engine.info().backend, fallback, tried], ['webgpu', undefined, ['webgpu']]);
  });

  it('chooses a GPU that has not measured its speed yet', async () => {
    assert.equal((await choose({ stepMs: 0 })).engine.info().backend, 'webgpu');
  });

  it('chooses the CPU without trying an unsuitable GPU', async () => {
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
    it(`falls back to the CPU with a reason if the GPU fails with ${code}`, async () => {
      const { engine, fallback } = await choose({ fails: new SttError(code, 'The GPU has 1, needs 2') });
      assert.equal(engine.info().backend, 'wasm');
      assert.equal(fallback, `The GPU has 1, needs 2 (${code})`);
    });
  }

  it('releases the engine of a GPU that is too slow, and falls back to the CPU', async () => {
    const { engine, fallback, tried } = await choose({ stepMs: 61 });
    assert.equal(engine.info().backend, 'wasm');
    assert.match(fallback ?? '', /acme fast.*61 ms.*60 ms/);
    assert.deepEqual(tried, ['webgpu', 'given up', 'wasm', fallback]);
  });

  it('fails at once if the CPU would fail too', async () => {
    const wrong = new SttError('model-invalid', 'a tensor is not a number');
    await assert.rejects(choose({ fails: wrong }), wrong);
    const left = new DOMException('no client waits', 'AbortError');
    await assert.rejects(choose({ fails: left }), left);
  });

  it('gives a reason against the GPU in Node', async () => {
    assert.match((await whyNotHere('webgpu', true)) ?? '', /WebGPU is not available here/);
  });
});
