/** The tuner times kernels, stores its result and checks it; what it picks on a software adapter is not tested. */
import { assert } from '@open-wc/testing';
import { readTuning } from '../../../src/lm/webgpu/tuning-store.js';
import { loadWebGpuLm, type WebGpuLanguageModel, type WebGpuLmOptions } from '../../../src/lm/webgpu/webgpu-lm.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { fetchGolden } from './golden.js';

const STORE = 'kyutai-stt-tuning';

const url = (path: string): string => new URL(path, location.origin).href;

type Methods = Record<string, (this: GPUDevice, descriptor: never) => unknown>;

/** Runs `work` while a method of every device gets its argument through `seen`. */
async function withMethod<D, T>(name: string, seen: (descriptor: D) => D, work: () => Promise<T>): Promise<T> {
  const methods = GPUDevice.prototype as unknown as Methods;
  const original = methods[name]!;
  methods[name] = function (this: GPUDevice, descriptor: never): unknown {
    return original.call(this, seen(descriptor) as never);
  };
  try {
    return await work();
  } finally {
    methods[name] = original;
  }
}

/** Loads a model and counts the kernels that compiled. */
async function load(options: WebGpuLmOptions): Promise<{ lm: WebGpuLanguageModel; compiled: number }> {
  const model = await openModelFromUrl({ url: url('/test/fixtures/case-odd/') });
  let compiled = 0;
  const count = <D>(descriptor: D): D => {
    compiled++;
    return descriptor;
  };
  const lm = await withMethod('createComputePipelineAsync', count, () => loadWebGpuLm(model, options));
  return { lm, compiled };
}

async function tokensOf(lm: WebGpuLanguageModel): Promise<{ found: number[]; expected: number[] }> {
  const golden = await fetchGolden(url('/test/fixtures/case-odd/expected.safetensors'));
  const codes = golden('codes');
  const K = lm.config.nQ;
  const found: number[] = [];
  const stream = lm.open(({ token }) => found.push(token));
  for (let t = -1; t < codes.length / K; t++) {
    stream.push(t < 0 ? null : Uint32Array.from({ length: K }, (_, q) => codes[t * K + q] ?? 0));
  }
  await stream.settled();
  stream.close();
  return { found, expected: Array.from(golden('lag_text')) };
}

describe('the tuner', () => {
  const forget = (): Promise<boolean> => caches.delete(STORE);

  it('times kernels, keeps the tokens of the model, and reuses its stored result', async () => {
    await forget();
    const plain = await load({ tuner: 'never' });
    const first = await load({ tuner: 'always' });
    assert.isAbove(first.compiled, plain.compiled);
    const { found, expected } = await tokensOf(first.lm);
    assert.deepEqual(found, expected);

    const second = await load({ tuner: 'always' });
    assert.isBelow(second.compiled, first.compiled);
    assert.equal(second.lm.gpu().variant, first.lm.gpu().variant);
    for (const { lm } of [plain, first, second]) lm.dispose();
  });

  it('does not run on a software adapter by default', async () => {
    await forget();
    const { lm } = await load({});
    assert.match(lm.gpu().variant, /qkv f32 \d+×16/);
    assert.lengthOf(await caches.open(STORE).then((cache) => cache.keys()), 0);
    lm.dispose();
  });

  it('falls back to the baseline if a variant gives other tokens', async () => {
    await forget();
    // A GPU whose subgroups do not add up.
    const broken = (descriptor: GPUShaderModuleDescriptor): GPUShaderModuleDescriptor => ({
      ...descriptor,
      code: descriptor.code.replaceAll('subgroupAdd((*values)[c])', '(*values)[c]'),
    });
    const { lm } = await withMethod('createShaderModule', broken, () => load({ tuner: 'always' }));
    const { found, expected } = await tokensOf(lm);
    assert.deepEqual(found, expected);
    assert.notMatch(lm.gpu().variant, /subgroups/);
    lm.dispose();
  });

  it('ignores invalid entries in its store', async () => {
    const cache = await caches.open(STORE);
    const { lm } = await load({ tuner: 'always' }); // stores an entry, or finds that of an earlier test
    const [address] = await cache.keys();
    assert.isDefined(address);
    const key = decodeURIComponent(new URL(address.url).pathname.split('/')[2] ?? '');
    assert.isDefined(await readTuning(key));
    const odd = JSON.stringify(await readTuning(key)).replace(/"rows":\d+/, '"rows":3');
    for (const left of [
      'null',
      '{',
      '{"matrices":{}}',
      '{"matrices":{"qkv":{"lanes":3}},"splits":1e9,"fold":"tree"}',
      odd,
    ]) {
      await cache.put(address, new Response(left));
      assert.isUndefined(await readTuning(key));
    }
    lm.dispose();
  });
});
