/** The backend that `auto` chooses on machines with various GPUs. */
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

  /** Loads an engine on a machine with this GPU; returns its info and the number of accesses to the GPU. */
  async function load(gpu: Pretended, options: EngineOptions = {}): Promise<{ info: EngineInfo; asked: number }> {
    const machine = pretend(gpu);
    restore = machine.restore;
    const model = await openModelFromUrl({ url: new URL(MODEL, location.origin).href });
    const engine = await Engine.load(model, options);
    const info = engine.info();
    engine.dispose();
    return { info, asked: machine.asked };
  }

  it('uses a graphics card', async () => {
    const { info } = await load(HARDWARE, { mostStepMs: Infinity });
    assert.deepEqual([info.backend, info.fallback, info.adapter], ['webgpu', undefined, 'acme fast']);
  });

  it('uses the CPU if a step on the graphics card takes too long, and says how long', async () => {
    const { info } = await load(HARDWARE, { mostStepMs: 0.001 });
    assert.strictEqual(info.backend, 'wasm');
    assert.match(info.fallback ?? '', /^The GPU acme fast is too slow for speech: \d+ ms a step/);
  });

  it('calls a GPU that the browser does not name the unnamed GPU', async () => {
    const { info } = await load(NAMELESS, { mostStepMs: Infinity });
    assert.deepEqual([info.backend, info.adapter], ['webgpu', 'unnamed GPU']);
  });

  it('says that an unnamed GPU is too slow', async () => {
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
      'an unnamed adapter says that it is the fallback',
      { info: { ...NAMELESS.info, isFallbackAdapter: true } },
      /^The only GPU is a software renderer$/,
    ],
    ['the GPU gives no device', { ...HARDWARE, deviceless: true }, /^The GPU acme fast gave no device/],
    ['an unnamed GPU gives no device', { ...NAMELESS, deviceless: true }, /^The unnamed GPU gave no device: no/],
  ] as const satisfies readonly (readonly [string, Pretended, RegExp])[]) {
    it(`uses the CPU if ${what}, and says why`, async () => {
      const { info } = await load(gpu);
      assert.strictEqual(info.backend, 'wasm');
      assert.match(info.fallback ?? '', reason);
      assert.isUndefined(info.adapter);
    });
  }

  it('requests an adapter for its description once, however many models are loaded', async () => {
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

  it('does not access the GPU for a client that names the CPU', async () => {
    const { info, asked } = await load(HARDWARE, { backend: 'wasm' });
    assert.deepEqual([info.backend, info.fallback, asked], ['wasm', undefined, 0]);
  });

  it('does not apply to a client that names the GPU: it gets a software adapter, or an error if there is none', async () => {
    const { info } = await load({}, { backend: 'webgpu' });
    assert.deepEqual([info.backend, info.fallback], ['webgpu', undefined]);
    restore();
    const error = await load({ none: true }, { backend: 'webgpu' }).catch((cause: unknown) => cause);
    assert.match(String(error), /WebGPU has no adapter \(unsupported\)/);
  });

  it('shares an engine in a worker with a client that names the GPU, and reports GPU metrics to the page', async () => {
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

/** Two frames of silence: steps on a software adapter are slow. */
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
    assert.fail('unexpected pause');
  }
  resume(): void {
    assert.fail('unexpected resume');
  }
}
