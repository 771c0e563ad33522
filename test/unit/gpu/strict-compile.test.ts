/** Every kernel of the plans passes Chromium's compiler and validation, including abilities that a test machine may lack. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { create } from 'webgpu';
import { parts as everyPart, shaders } from '../../../build/shaders.js';
import { compose } from '../../../src/gpu/kernels.js';
import { compositions } from '../../../tools/compositions.js';

// Dawn is Chromium's WebGPU. Its null backend validates everything, runs nothing and claims every feature.
const FLAGS = ['backend=null', 'disable-dawn-features=allow_unsafe_apis'];
const FEATURES = ['shader-f16', 'subgroups'] as const;

describe('WGSL under strict validation', () => {
  // Kept in a variable: Dawn ends its devices when this object is collected.
  const gpu = create(FLAGS);
  let device: GPUDevice;

  before(async () => {
    const adapter = await gpu.requestAdapter();
    assert.ok(adapter);
    device = await adapter.requestDevice({ requiredFeatures: [...FEATURES] });
  });
  after(() => device.destroy());

  /** Messages of the compiler for `code`, and validation errors of its pipeline. */
  async function faults(code: string, entryPoint: string): Promise<string[]> {
    device.pushErrorScope('validation');
    const module = device.createShaderModule({ code });
    const { messages } = await module.getCompilationInfo();
    device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint } });
    const error = await device.popErrorScope();
    return [...messages.map(({ type, lineNum, message }) => `${type} in line ${lineNum}: ${message}`), error?.message]
      .filter((fault) => fault !== undefined)
      .map((fault) => fault.trim());
  }

  it('accepts every kernel with every set of numbers, without a warning', async () => {
    const found: string[] = [];
    const sources = new Set<string>();
    const files = new Set<string>();
    for (const { source, label, name, parts, constants } of compositions()) {
      sources.add(source);
      for (const file of [name, ...parts]) files.add(file);
      for (const fault of await faults(compose({ name, parts, constants }), name)) found.push(`${label}: ${fault}`);
    }
    assert.deepEqual(found, []);
    assert.deepEqual([...files].sort(), [...Object.keys(shaders), ...Object.keys(everyPart)].sort());
    assert.equal(sources.size, 104);
    assert.equal([...sources].filter((source) => source.includes('product_q4_0_half')).length, 12);
  });

  it('rejects code without its feature’s directive, and workgroups that are too large', async () => {
    const half = compositions().find(({ source }) => source.includes('product_q4_0_half'));
    assert.ok(half);
    const code = compose(half);
    assert.match(
      (await faults(code.replace(/^enable f16;$/m, ''), half.name)).join(),
      /'f16' type used without 'f16' extension/,
    );
    const wide = compose({ ...half, constants: { ...half.constants, LANES: 512 } });
    assert.match((await faults(wide, half.name)).join(), /512.*exceeds|exceeds.*512/s);
  });
});
