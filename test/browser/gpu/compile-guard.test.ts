/** The backend `auto` after a visit that ended while GPU code was compiling. */
import { assert } from '@open-wc/testing';
import { Engine, type EngineOptions } from '../../../src/engine/engine.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { EngineInfo } from '../../../src/protocol/model.js';
import { describeAdapter, requestAdapter } from '../../../src/gpu/adapter.js';
import { checksum } from '../../../src/gpu/checksum.js';
import { readRecord } from '../../../src/lm/webgpu/compile-record.js';
import { loadWebGpuLm } from '../../../src/lm/webgpu/webgpu-lm.js';
import { handleModelQueries } from '../../../src/worker/model-queries.js';
import { watchDevices } from './devices.js';
import { intercept } from './intercept.js';
import { HARDWARE, pretend } from './pretend.js';
import { record, openCase } from './streams-rig.js';

const CRASHED = /^The GPU was not tried: on \d{4}-\d\d-\d\d this page ended while GPU code was compiling/;
const REFUSED = /^The GPU was not tried: the browser stores nothing here \(refused\).*tried with backend="webgpu"/;

const LOCATION = { url: new URL('/models/demo-en_fr-q4_0.gguf', location.origin).href };

describe('the backend auto, if compiling may crash the browser', () => {
  const undo: (() => unknown)[] = [];
  beforeEach(async () => {
    await caches.delete('kyutai-stt-gpu');
    undo.push(pretend(HARDWARE).restore);
  });
  afterEach(() => {
    for (const restore of undo.splice(0).reverse()) restore();
  });

  /** Counts the pipelines compiled from now on. */
  function countPipelines(): () => number {
    let count = 0;
    undo.push(
      intercept(GPUDevice.prototype, 'createComputePipelineAsync', (compile) => {
        count++;
        return compile();
      }),
    );
    return () => count;
  }

  async function load(options: EngineOptions = {}): Promise<EngineInfo> {
    const engine = await Engine.load(await openModelFromUrl(LOCATION), { mostStepMs: Infinity, ...options });
    const info = engine.info();
    engine.dispose();
    return info;
  }

  /** The availability that a page can query before it loads a model. */
  async function available(): Promise<{ backend: string | undefined; reason: string | undefined }> {
    const query = { what: 'available', model: LOCATION, backend: 'auto', probe: false, network: false } as const;
    const answer = await handleModelQueries()(query, () => undefined, new AbortController().signal);
    assert.ok(answer.what === 'available');
    const { backend, reason } = answer.availability;
    return { backend, reason };
  }

  /** Simulates a visit that ends while its first shader is compiled. */
  async function crash(): Promise<void> {
    const worker = new Worker(new URL('crashing.worker.ts', import.meta.url), { type: 'module' });
    await new Promise((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = reject;
    });
    worker.terminate();
  }

  it('uses the CPU at the next visit and says why; a load that names the GPU tries it again, and then auto does', async () => {
    await crash();
    const pipelines = countPipelines();
    const info = await load();
    assert.strictEqual(info.backend, 'wasm');
    assert.match(info.fallback ?? '', CRASHED);
    assert.strictEqual(pipelines(), 0);
    const before = await available();
    assert.strictEqual(before.backend, 'wasm');
    assert.match(before.reason ?? '', CRASHED);
    assert.strictEqual((await load({ backend: 'webgpu' })).backend, 'webgpu');
    assert.deepEqual(await available(), { backend: 'webgpu', reason: undefined });
    const again = await load();
    assert.deepEqual([again.backend, again.fallback], ['webgpu', undefined]);
  });

  it('uses the GPU again in a new version of the browser', async () => {
    await crash();
    const { userAgent } = navigator;
    Object.defineProperty(navigator, 'userAgent', { configurable: true, value: `${userAgent} Next/1` });
    undo.push(() => Reflect.deleteProperty(navigator, 'userAgent'));
    assert.strictEqual((await load()).backend, 'webgpu');
  });

  it('uses the CPU if attempts cannot be recorded, and says so; a load that names the GPU uses it', async () => {
    undo.push(
      intercept(CacheStorage.prototype, 'open', () => Promise.reject(new DOMException('refused', 'SecurityError'))),
    );
    const pipelines = countPipelines();
    const info = await load();
    assert.strictEqual(info.backend, 'wasm');
    assert.match(info.fallback ?? '', REFUSED);
    assert.strictEqual(pipelines(), 0);
    assert.strictEqual((await load({ backend: 'webgpu' })).backend, 'webgpu');
  });

  it('records every module before it compiles, also for a second stream and on another device', async () => {
    const texts = new Map<unknown, string>();
    undo.push(
      intercept(GPUDevice.prototype, 'createShaderModule', (create, [descriptor]) => {
        const module = create();
        texts.set(module, (descriptor as GPUShaderModuleDescriptor).code);
        return module;
      }),
    );
    const compiled: { isNew: boolean; isRecorded: boolean }[] = [];
    undo.push(
      intercept(GPUDevice.prototype, 'createComputePipelineAsync', async (compile, [descriptor]) => {
        const { module } = (descriptor as GPUComputePipelineDescriptor).compute;
        const text = checksum(texts.get(module) ?? '');
        const { survived, attempts } = await readRecord(describeAdapter(await requestAdapter()).implementation);
        const isNew = !survived.includes(text);
        compiled.push({ isNew, isRecorded: !isNew || attempts.some(({ modules }) => modules.includes(text)) });
        return compile();
      }),
    );
    const devices = watchDevices();
    undo.push(() => devices.restore());
    // Not tuned: the other device may choose other kernels.
    const lm = await loadWebGpuLm(await openCase('case-odd'), { mustRecord: () => true, variant: 'baseline' });
    const streams = [record(lm).stream, record(lm).stream];
    const step = async (): Promise<void> => {
      for (const stream of streams) stream.push(null);
      lm.flush();
      await Promise.all(streams.map((stream) => stream.settled()));
    };
    const first = compiled.length;
    for (let submits = 2; submits > 1;) {
      const before = lm.gpu().submits;
      await step();
      submits = lm.gpu().submits - before;
    }
    const second = compiled.length;
    assert.isAbove(second, first, 'steps of two streams were compiled');
    assert.isTrue(compiled.every(({ isNew }) => isNew));
    devices.kill();
    await step();
    assert.isAbove(compiled.length, second);
    assert.isFalse(compiled.slice(second).some(({ isNew }) => isNew));
    assert.isTrue(compiled.every(({ isRecorded }) => isRecorded));
    lm.dispose();
  });
});
