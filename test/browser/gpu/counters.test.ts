/** What a step costs, counted: a stream must not make anything that grows with time, nor wait. */
import { assert } from '@open-wc/testing';
import { loadWebGpuLm } from '../../../src/lm/webgpu/webgpu-lm.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';

/** Calls of the methods that make GPU objects, by name, and what is written and submitted. */
function count(): { readonly calls: Record<string, number>; bytes: number; restore: () => void } {
  const tally = { calls: {} as Record<string, number>, bytes: 0, restore: () => undefined };
  const undo: (() => void)[] = [];
  const watch = (
    prototype: object,
    names: readonly string[],
    also: (...args: unknown[]) => void = () => undefined,
  ): void => {
    for (const name of names) {
      const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
      const original = methods[name]!;
      methods[name] = function (this: unknown, ...args: unknown[]): unknown {
        tally.calls[name] = (tally.calls[name] ?? 0) + 1;
        also(...args);
        return original.apply(this, args);
      };
      undo.push(() => (methods[name] = original));
    }
  };
  watch(GPUDevice.prototype, ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createShaderModule']);
  watch(GPUQueue.prototype, ['submit']);
  watch(
    GPUQueue.prototype,
    ['writeBuffer'],
    (_buffer, _offset, data) => (tally.bytes += (data as ArrayBufferView).byteLength),
  );
  watch(GPUComputePassEncoder.prototype, ['dispatchWorkgroups']);
  watch(GPUCommandEncoder.prototype, ['beginComputePass']);
  return {
    ...tally,
    get bytes() {
      return tally.bytes;
    },
    restore: () => undo.forEach((each) => each()),
  };
}

describe('a step on WebGPU', () => {
  it('is one write, one pass and one submit, and makes nothing', async () => {
    const model = await openModelFromUrl({ url: new URL('/test/fixtures/case-odd/', location.origin).href });
    const lm = await loadWebGpuLm(model);
    const stream = lm.open(() => undefined);
    stream.push(null);
    await stream.settled();
    const codes = new Uint32Array(lm.config.nQ);
    const STEPS = 5;
    const counted = count();
    for (let i = 0; i < STEPS; i++) {
      stream.push(codes); // back to back, none awaited
      lm.flush();
    }
    counted.restore();
    await stream.settled();
    const { calls, bytes } = counted;
    assert.deepEqual(calls, {
      writeBuffer: STEPS,
      beginComputePass: STEPS,
      dispatchWorkgroups: STEPS * lm.gpu().dispatches,
      submit: STEPS,
    });
    assert.isBelow(bytes / STEPS, 1024);
    assert.equal(lm.gpu().dispatches, 5 * lm.config.numLayers + 3);
    stream.close();
    lm.dispose();
  });

  it('queues what the GPU has no room for, and answers every step in order', async () => {
    const model = await openModelFromUrl({ url: new URL('/test/fixtures/case-odd/', location.origin).href });
    const lm = await loadWebGpuLm(model);
    const steps: number[] = [];
    const stream = lm.open(({ step }) => steps.push(step));
    for (let i = 0; i < 30; i++) stream.push(i === 0 ? null : new Uint32Array(lm.config.nQ));
    assert.equal(stream.pending, 30);
    await stream.settled();
    assert.deepEqual(
      steps,
      Array.from({ length: 30 }, (_, i) => i),
    );
    assert.equal(stream.pending, 0);
    stream.close();
    lm.dispose();
  });
});

describe('a GPU that cannot hold the model', () => {
  it('is named with the limit, what it has and what is needed', async () => {
    const model = await openModelFromUrl({ url: new URL('/test/fixtures/case-odd/', location.origin).href });
    const config = { ...model.config, lm: { ...model.config.lm, dim: 1 << 20, context: 1 << 20 } };
    try {
      await loadWebGpuLm({ ...model, config });
      assert.fail('loaded');
    } catch (error) {
      assert.match(
        String(error),
        /maxStorageBufferBindingSize is \d+, this model needs 2199023255552 \(gpu-limit-too-small\)/,
      );
    }
  });
});
