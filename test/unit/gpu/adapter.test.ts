/** The name, kind and identity of an adapter, and its name in messages. */
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { SttError } from '../../../src/errors.js';
import { describeAdapter, labelOf } from '../../../src/gpu/adapter.js';
import { requestGpu } from '../../../src/gpu/device.js';

const NOTHING = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false };
const ACME = { ...NOTHING, vendor: 'acme', architecture: 'fast' };
const LIMITS = { maxStorageBufferBindingSize: 128, maxBufferSize: 256 };

interface Fake {
  readonly info: typeof NOTHING;
  readonly agent?: string;
  readonly features?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
  readonly requestDevice?: () => Promise<unknown>;
}

/** A browser with one adapter. */
function browser({ info, agent = 'Browser/1', features = [], limits = LIMITS, requestDevice }: Fake): GPUAdapter {
  const adapter = { info, features: new Set(features), limits, requestDevice } as unknown as GPUAdapter;
  const gpu = { requestAdapter: () => Promise.resolve(adapter), wgslLanguageFeatures: new Set() };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { userAgent: agent, gpu } });
  return adapter;
}

const original = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
afterEach(() => {
  Reflect.deleteProperty(globalThis, 'navigator');
  if (original) Object.defineProperty(globalThis, 'navigator', original);
});

const nameOf = (fake: Fake): string => describeAdapter(browser(fake)).name;

describe('an adapter', () => {
  it('has a name that fits after an article, even if the browser gives none', () => {
    assert.equal(nameOf({ info: ACME }), 'acme fast');
    assert.equal(nameOf({ info: { ...ACME, description: 'Acme 9000' } }), 'acme fast Acme 9000');
    assert.equal(nameOf({ info: NOTHING }), 'unnamed GPU');
    assert.equal(`the ${labelOf('acme fast')}, the ${labelOf('unnamed GPU')}`, 'the GPU acme fast, the unnamed GPU');
  });

  it('is software if it is the fallback adapter or has the name of a software renderer', () => {
    const isSoftware = (info: typeof NOTHING): boolean => describeAdapter(browser({ info })).isSoftware;
    assert.equal(isSoftware({ ...NOTHING, isFallbackAdapter: true }), true);
    assert.equal(isSoftware({ ...NOTHING, description: 'llvmpipe (LLVM 19)' }), true);
    assert.equal(isSoftware(NOTHING), false);
  });

  it('has an identity that depends on adapter and browser, even without a name', () => {
    const of = (fake: Fake): string => describeAdapter(browser(fake)).implementation;
    const same = of({ info: NOTHING, features: ['b', 'a'] });
    assert.equal(of({ info: NOTHING, features: ['a', 'b'] }), same);
    const others = [
      of({ info: ACME, features: ['a', 'b'] }),
      of({ info: NOTHING, features: ['a'] }),
      of({ info: NOTHING, features: ['a', 'b'], limits: { ...LIMITS, maxBufferSize: 512 } }),
      of({ info: NOTHING, features: ['a', 'b'], agent: 'Browser/2' }),
    ];
    assert.equal(new Set([same, ...others]).size, 5);
  });

  for (const [info, name] of [
    [ACME, 'GPU acme fast'],
    [NOTHING, 'unnamed GPU'],
  ] as const) {
    it(`is called "the ${name}" in errors`, async () => {
      browser({ info, requestDevice: () => Promise.reject(new Error('no')) });
      const reads = (message: string) => (error: unknown) => error instanceof SttError && error.message === message;
      await assert.rejects(requestGpu(LIMITS), reads(`The ${name} gave no device: no (unsupported)`));
      const lost = Promise.resolve({ reason: 'unknown', message: '' });
      browser({ info, requestDevice: () => Promise.resolve({ lost }) });
      const gpu = await requestGpu(LIMITS);
      assert.equal((await gpu.lost).message, `The ${name} was lost: unknown (gpu-device-lost)`);
    });
  }
});
