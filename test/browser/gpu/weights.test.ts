/** Weights on a real device (a software adapter here) after their upload. */
import { assert } from '@open-wc/testing';
import { Buffers } from '../../../src/gpu/buffers.js';
import { checked, requestGpu, type Gpu } from '../../../src/gpu/device.js';
import { tableNames } from '../../../src/lm/webgpu/tables.js';
import { loadGpuLmWeights, requiredLimits, type GpuLmWeights, type GpuMatrix } from '../../../src/lm/webgpu/weights.js';
import { expectedPlanes } from '../../unit/lm/webgpu/expected-planes.js';
import { AWKWARD, BLOCKS, LONG, LONG_AWKWARD, madeModel, type Made } from '../../unit/lm/webgpu/made-model.js';

const HEAD = 'text_linear.weight';
const LAYER = 'transformer.layers.0';

describe('weights streamed to a GPU', () => {
  let gpu: Gpu;
  let memory: Buffers;
  before(async () => {
    const { model } = madeModel(LONG, () => 'f32');
    gpu = await requestGpu(requiredLimits(model, LONG));
  });
  beforeEach(() => (memory = new Buffers(gpu.device, 'test')));
  afterEach(() => memory.destroy());
  after(() => gpu.device.destroy());

  function loaded({ model }: Made): Promise<GpuLmWeights> {
    return checked(gpu.device, 'weights', () => loadGpuLmWeights(memory, model, model.config.lm));
  }

  async function bytesOf(buffer: GPUBuffer): Promise<Uint8Array> {
    const copy = memory.readBack('copy', buffer.size);
    const encoder = gpu.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
    gpu.device.queue.submit([encoder.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    return new Uint8Array(copy.getMappedRange().slice(0));
  }

  /** Checks that the buffers hold the bytes of the file, followed by zeros. */
  async function check(
    made: Made,
    names: readonly string[],
    { type, buffers }: Pick<GpuMatrix, 'type' | 'buffers'>,
  ): Promise<void> {
    const planes = expectedPlanes(made, names, type);
    assert.equal(buffers.length, planes.length);
    for (const [i, plane] of planes.entries()) {
      const found = await bytesOf(buffers[i]!);
      const wrong = found.findIndex((byte, at) => byte !== (plane[at] ?? 0));
      assert.equal(wrong, -1, `${names[0]!}: plane ${i} of ${type} at byte ${wrong} of ${plane.length}`);
      assert.isBelow(found.length - plane.length, 16);
    }
  }

  for (const stored of ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const) {
    it(`equal those of the file, from ${stored}`, async () => {
      for (const config of [AWKWARD, BLOCKS]) {
        const made = madeModel(config, () => stored);
        const { tables, layers, outNorm, head, pause } = await loaded(made);
        const [layer] = layers;
        await check(made, [HEAD], head);
        await check(made, [`${LAYER}.self_attn.in_proj_weight`], layer!.qkv);
        await check(made, [`${LAYER}.gating.linear_out.weight`], layer!.ffnOut);
        await check(made, ['out_norm.alpha'], { type: 'f32', buffers: [outNorm] });
        await check(made, tableNames(config), tables);
        await check(
          made,
          Array.from({ length: config.pauseHeads }, (_, i) => `extra_heads.${i}.weight`),
          pause!,
        );
      }
    });

    it(`are complete if ${stored} is uploaded in several windows`, async () => {
      for (const config of [LONG, LONG_AWKWARD]) {
        const made = madeModel(config, (name) => (name === HEAD ? stored : 'f16'));
        await check(made, [HEAD], (await loaded(made)).head);
      }
    });
  }

  it('have tables of one type if the file mixes types', async () => {
    const made = madeModel(BLOCKS, (name) => (name === 'text_emb.weight' ? 'f16' : 'q4_0'));
    const { tables } = await loaded(made);
    assert.equal(tables.type, 'f32');
    await check(made, tableNames(BLOCKS), tables);
    const first = new Uint32Array((await bytesOf(tables.first)).buffer, 0, tables.count);
    assert.deepEqual([...first], [0, 35, 70, 105, 140, 175]);
  });
});
