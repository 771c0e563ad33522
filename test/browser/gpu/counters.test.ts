/** Counts the work of a step: a running stream must not allocate or wait. */
import { assert } from '@open-wc/testing';
import { loadWebGpuLm } from '../../../src/lm/webgpu/webgpu-lm.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { intercept } from './intercept.js';
import { openCase } from './streams-rig.js';

interface Counts {
  /** Calls by name: of methods that create GPU objects or submit work, and of constructors of typed arrays. */
  readonly calls: Record<string, number>;
  /** Bytes written to buffers. */
  bytes: number;
  restore(): void;
}

const MAKERS = [
  ...['createBuffer', 'createTexture', 'createBindGroup', 'createBindGroupLayout', 'createPipelineLayout'],
  ...['createShaderModule', 'createComputePipeline', 'createComputePipelineAsync', 'createQuerySet'],
];
const ARRAYS = [
  ...['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array'],
  ...['BigInt64Array', 'BigUint64Array', 'Float32Array', 'Float64Array', 'ArrayBuffer', 'DataView'],
];

/** Counts until `restore`. */
function count(): Counts {
  const undo: (() => void)[] = [];
  const counts: Counts = { calls: {}, bytes: 0, restore: () => undo.forEach((each) => each()) };
  const watch = (
    owner: object,
    names: readonly string[],
    also: (args: readonly unknown[]) => void = () => undefined,
  ): void => {
    for (const name of names) {
      const restore = intercept(owner, name, (original, args) => {
        counts.calls[name] = (counts.calls[name] ?? 0) + 1;
        also(args);
        return original();
      });
      undo.push(restore);
    }
  };
  watch(GPUDevice.prototype, MAKERS);
  watch(GPUQueue.prototype, ['submit']);
  watch(GPUQueue.prototype, ['writeBuffer'], ([, , data, from, length]) => {
    const { byteLength, BYTES_PER_ELEMENT } = data as Uint8Array;
    const rest = byteLength - (Number(from) || 0) * BYTES_PER_ELEMENT;
    counts.bytes += length === undefined ? rest : Number(length) * BYTES_PER_ELEMENT;
  });
  watch(GPUComputePassEncoder.prototype, ['dispatchWorkgroups']);
  watch(GPUCommandEncoder.prototype, ['beginComputePass']);
  watch(globalThis, ARRAYS);
  watch(Object.getPrototypeOf(Uint8Array.prototype) as object, ['subarray', 'slice', 'map', 'filter', 'with']);
  return counts;
}

describe('a step on WebGPU', () => {
  it('is one write, one pass and one submit, and allocates nothing', async () => {
    const lm = await loadWebGpuLm(await openCase('case-odd'));
    let emitted = 0;
    const stream = lm.open(() => emitted++);
    for (const codes of [null, new Uint32Array(lm.config.nQ)]) {
      stream.push(codes);
      await stream.settled();
    }
    const codes = new Uint32Array(lm.config.nQ);
    const STEPS = 5;
    const counted = count();
    const returned: unknown[] = [];
    for (let i = 0; i < STEPS; i++) {
      for (const call of [() => stream.push(codes), () => lm.flush()] as (() => unknown)[]) returned.push(call()); // back to back
    }
    const pushed = { ...counted.calls };
    const { bytes } = counted;
    const emittedBefore = emitted;
    await stream.settled();
    counted.restore();
    assert.isEmpty(
      returned.filter((value) => value !== undefined),
      'nothing to await',
    );
    assert.equal(emittedBefore, 2, 'no step was awaited');
    assert.equal(emitted, 2 + STEPS);
    assert.deepEqual(pushed, {
      writeBuffer: STEPS,
      beginComputePass: STEPS,
      dispatchWorkgroups: STEPS * lm.gpu().dispatches,
      submit: STEPS,
    });
    // Results are read in place; a mapped buffer can only be read through a view.
    assert.deepEqual(counted.calls, { ...pushed, DataView: STEPS });
    assert.isBelow(bytes / STEPS, 1024);
    assert.isAbove(bytes / STEPS, 4 * lm.config.nQ);
    assert.isAtMost(lm.gpu().dispatches, 5 * lm.config.numLayers + 3);
    stream.close();
    lm.dispose();
  });

  it('reads at most 1.02 times the weights in the file and the keys and values of a window', async () => {
    const model = await openModelFromUrl({ url: new URL('/models/demo-en_fr-q4_0.gguf', location.origin).href });
    const bound = watchBindings();
    const lm = await loadWebGpuLm(model, { variant: 'baseline' });
    const stream = lm.open(() => undefined);
    stream.push(null);
    await stream.settled();
    bound.dispatched.length = 0;
    stream.push(new Uint32Array(lm.config.nQ));
    await stream.settled();
    bound.restore();
    const { context, dim, numLayers } = lm.config;
    const read = { weights: 0, ring: 0 };
    for (const { label, buffers } of bound.dispatched) {
      for (const buffer of buffers) {
        // A step reads one row of each table; it writes one row of its ring and reads the ring in attention.
        if (/^lm batch ring/.test(buffer.label)) read.ring += label.startsWith('attention') ? buffer.size : 0;
        else if (!buffer.label.startsWith('lm batch') && !label.startsWith('embed')) read.weights += buffer.size;
      }
    }
    const inFile = [...model.tensors.values()]
      .filter(({ name }) => /^(transformer|out_norm|text_linear|extra_heads)\b/.test(name))
      .reduce((sum, { byteLength }) => sum + byteLength, 0);
    const window = 2 * numLayers * context * dim * 2; // f16
    assert.equal(bound.dispatched.length, lm.gpu().dispatches);
    assert.isAtLeast(read.ring, window);
    assert.isAtMost((read.weights + read.ring) / (inFile + window), 1.02);
    assert.closeTo(lm.gpu().bytesPerStep / (inFile + window), 1, 0.02, 'the metric agrees');
    stream.close();
    lm.dispose();
  });

  it('waits in a queue while the GPU is busy, and has its results in order', async () => {
    const lm = await loadWebGpuLm(await openCase('case-odd'));
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

/** Records the buffers of every dispatch from now on. */
function watchBindings(): { readonly dispatched: Bound[]; restore: () => void } {
  const groups = new Map<unknown, Bound>();
  const dispatched: Bound[] = [];
  const undo = [
    intercept(GPUDevice.prototype, 'createBindGroup', (create, args) => {
      const group = create();
      const { label = '', entries } = args[0] as GPUBindGroupDescriptor;
      groups.set(group, {
        label,
        buffers: Array.from(entries, ({ resource }) => (resource as GPUBufferBinding).buffer),
      });
      return group;
    }),
    intercept(GPUComputePassEncoder.prototype, 'setBindGroup', (set, args) => {
      const bound = groups.get(args[1]);
      if (bound) dispatched.push(bound);
      return set();
    }),
  ];
  return { dispatched, restore: () => undo.forEach((each) => each()) };
}

interface Bound {
  readonly label: string;
  readonly buffers: readonly GPUBuffer[];
}

describe('a GPU that cannot hold the model', () => {
  it('is rejected with the limit, its value and the value needed', async () => {
    const model = await openModelFromUrl({ url: new URL('/test/fixtures/case-odd/', location.origin).href });
    const config = { ...model.config, lm: { ...model.config.lm, dim: 1 << 20, context: 1 << 20 } };
    try {
      await loadWebGpuLm({ ...model, config });
      assert.fail('loaded');
    } catch (error) {
      assert.match(
        String(error),
        /maxStorageBufferBindingSize is \d+, this model needs 4398046511104 \(gpu-limit-too-small\)/,
      );
    }
  });
});
