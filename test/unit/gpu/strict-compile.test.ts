/** Every kernel the plans can ask for passes Chromium's compiler and validation, with abilities that no machine here has. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { create } from 'webgpu';
import { parts as everyPart, shaders } from '../../../build/shaders.js';
import { compose } from '../../../src/gpu/kernels.js';
import { compositions } from '../../../tools/compositions.js';

// Dawn is what Chromium compiles WGSL with. Its null backend validates all and runs nothing, so it claims every feature.
const FLAGS = ['backend=null', 'disable-dawn-features=allow_unsafe_apis'];
const FEATURES = ['shader-f16', 'subgroups'] as const;

describe('WGSL under strict validation', () => {
  // Held: Dawn ends its devices with it.
  const gpu = create(FLAGS);
  let device: GPUDevice;

  before(async () => {
    const adapter = await gpu.requestAdapter();
    assert.ok(adapter);
    device = await adapter.requestDevice({ requiredFeatures: [...FEATURES] });
  });
  after(() => device.destroy());

  /** What the compiler says of `code`, and what validation says of the pipeline. */
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

  it('accepts each of them with each set of numbers, without a warning', async () => {
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

  it('refuses what a device without a feature would, and what does not fit together', async () => {
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
