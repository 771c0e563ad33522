/** What `auto` comes to on machines with other GPUs than the test's own. */
import { assert } from '@open-wc/testing';
import { SttClient, type SttError, type StreamSource } from '../../../src/client/index.js';
import { Engine, type EngineOptions } from '../../../src/engine/engine.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import type { EngineInfo } from '../../../src/protocol/model.js';
import { HARDWARE, NAMELESS, pretend, type Pretended } from './pretend.js';

const MODEL = '/models/demo-en_fr-q4_0.gguf';

describe('the backend auto', () => {
  let restore = (): void => undefined;
  afterEach(() => restore());

  /** What an engine is on a machine with this GPU, and how often it asked for the GPU. */
  async function load(gpu: Pretended, options: EngineOptions = {}): Promise<{ info: EngineInfo; asked: number }> {
    const machine = pretend(gpu);
    restore = machine.restore;
    const model = await openModelFromUrl({ url: new URL(MODEL, location.origin).href });
    const engine = await Engine.load(model, options);
    const info = engine.info();
    engine.dispose();
    return { info, asked: machine.asked };
  }

  it('is the GPU where that is a graphics card', async () => {
    const { info } = await load(HARDWARE, { mostStepMs: Infinity });
    assert.deepEqual([info.backend, info.fallback, info.adapter], ['webgpu', undefined, 'acme fast']);
  });

  it('is the CPU where the graphics card takes too long for a step, and says how long', async () => {
    const { info } = await load(HARDWARE, { mostStepMs: 0.001 });
    assert.strictEqual(info.backend, 'wasm');
    assert.match(info.fallback ?? '', /^The GPU acme fast is too slow for speech: \d+ ms a step/);
  });

  it('has a name for a GPU that the browser does not name', async () => {
    const { info } = await load(NAMELESS, { mostStepMs: Infinity });
    assert.deepEqual([info.backend, info.adapter], ['webgpu', 'unnamed GPU']);
  });

  it('says in plain words that such a GPU is too slow', async () => {
    const { info } = await load(NAMELESS, { mostStepMs: 0.001 });
    assert.match(info.fallback ?? '', /^The unnamed GPU is too slow for speech: \d+ ms a step/);
  });

  for (const [what, gpu, reason] of [
    // Chromium names its adapter, Firefox does not.
    ['the adapter is software', {}, /^The only GPU is a software renderer(, .*swiftshader.*)?$/i],
    [
      'the adapter says that it is the fallback',
      { info: { ...HARDWARE.info, isFallbackAdapter: true } },
      /a software renderer, acme fast$/,
    ],
    ['there is no adapter', { none: true }, /WebGPU has no adapter/],
    ['there is no WebGPU', { absent: true }, /not available here/],
    [
      'a limit is too small',
      { ...HARDWARE, limits: { maxBufferSize: 1_000_000 } },
      /maxBufferSize is 1000000, this model needs \d+/,
    ],
    [
      'it says so and no more',
      { info: { ...NAMELESS.info, isFallbackAdapter: true } },
      /^The only GPU is a software renderer$/,
    ],
    ['the GPU gives no device', { ...HARDWARE, deviceless: true }, /^The GPU acme fast gave no device/],
    ['one without a name does', { ...NAMELESS, deviceless: true }, /^The unnamed GPU gave no device: no/],
  ] as const satisfies readonly (readonly [string, Pretended, RegExp])[]) {
    it(`is the CPU where ${what}, and says why`, async () => {
      const { info } = await load(gpu);
      assert.strictEqual(info.backend, 'wasm');
      assert.match(info.fallback ?? '', reason);
      assert.isUndefined(info.adapter);
    });
  }

  it('asks the adapter about itself once, however many models are loaded', async () => {
    const machine = pretend({});
    restore = machine.restore;
    const { gpu } = navigator;
    let requests = 0;
    const request = gpu.requestAdapter.bind(gpu);
    Object.defineProperty(navigator, 'gpu', {
      configurable: true,
      value: { requestAdapter: (...args: Parameters<typeof request>) => (requests++, request(...args)) },
    });
    const model = await openModelFromUrl({ url: new URL(MODEL, location.origin).href });
    for (let i = 0; i < 2; i++) (await Engine.load(model)).dispose();
    assert.strictEqual(requests, 1);
  });

  it('leaves the GPU alone for one who names the CPU', async () => {
    const { info, asked } = await load(HARDWARE, { backend: 'wasm' });
    assert.deepEqual([info.backend, info.fallback, asked], ['wasm', undefined, 0]);
  });

  it('is no choice for one who names the GPU: a software adapter will do, and none is an error', async () => {
    const { info } = await load({}, { backend: 'webgpu' });
    assert.deepEqual([info.backend, info.fallback], ['webgpu', undefined]);
    restore();
    const error = await load({ none: true }, { backend: 'webgpu' }).catch((cause: unknown) => cause);
    assert.match(String(error), /WebGPU has no adapter \(unsupported\)/);
  });

  it('is shared in a worker with one who names the GPU, and tells the page what that does', async () => {
    const workerSrc = new URL('hardware.worker.ts', import.meta.url).href;
    const [auto, named] = (['auto', 'webgpu'] as const).map(
      (backend) => new SttClient({ model: MODEL, backend, worker: 'dedicated', workerSrc }),
    ) as [SttClient, SttClient];
    const [info, other] = await Promise.all([auto.load(), named.load()]);
    assert.deepEqual([info.backend, info.adapter, info.engineId], ['webgpu', 'acme fast', other.engineId]);
    const stream = await auto.start(new Silence());
    const { gpu, steps } = await stream.finish();
    assert.deepEqual([gpu?.adapter, steps], ['acme fast', 1 + 2 + 18]);
    assert.isAtLeast(gpu?.steps ?? 0, steps);
    auto.close();
    named.close();
  });
});

/** Two frames of it: the steps of a software adapter are slow. */
class Silence implements StreamSource {
  onended: (() => void) | null = null;
  onerror: ((error: SttError) => void) | null = null;
  #port: MessagePort | undefined;

  start(port: MessagePort): Promise<void> {
    this.#port = port;
    for (let index = 0; index < 2; index++) port.postMessage({ type: 'frame', index, pcm: new Float32Array(1920) });
    return Promise.resolve();
  }
  stop(): Promise<void> {
    this.#port?.postMessage({ type: 'end' });
    return Promise.resolve();
  }
  abort(): void {
    this.#port?.close();
  }
  pause(): void {
    assert.fail('nobody pauses it');
  }
  resume(): void {
    assert.fail('nobody resumes it');
  }
}
