/** The rows kept on the host are those of the file, in every type and window. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Buffers } from '../../../../src/gpu/buffers.js';
import { sampledCodes, sampledLogits, sampledRows, Samples } from '../../../../src/lm/webgpu/samples.js';
import { loadGpuLmWeights } from '../../../../src/lm/webgpu/weights.js';
import type { LmConfig } from '../../../../src/model/config.js';
import { STT_1B } from '../../../../src/model/published.js';
import { FakeDevice } from '../../gpu/fake-device.js';
import { AWKWARD, BLOCKS, LONG, LONG_AWKWARD, madeModel } from './made-model.js';

describe('the rows to compare', () => {
  it('include the first and the last of each matrix, and an even number of keys and values of one head', () => {
    for (const config of [AWKWARD, BLOCKS, STT_1B.lm]) {
      const { dim: M, hidden: F, numHeads: H, numLayers, textCard: V } = config;
      for (let l = 0; l < numLayers; l++) {
        const { head, qkv, out, gate } = sampledRows(config, l);
        for (const [rows, count] of [
          [out, M],
          [gate, F],
          [qkv.filter((row) => row < M), M],
        ] as const) {
          assert.ok(rows.includes(0) && rows.includes(count - 1));
          assert.ok(rows.every((row) => row >= 0 && row < count));
        }
        for (const part of [1, 2]) {
          const rows = qkv.filter((row) => Math.floor(row / M) === part).map((row) => row - part * M);
          assert.ok(rows.every((row) => Math.floor((row * H) / M) === head));
        }
        if (l === 0) assert.ok(qkv.includes(3 * M - 1));
      }
      assert.ok(sampledLogits(config).includes(V - 1));
      assert.ok(sampledCodes(config).includes(config.card));
    }
  });

  it('differ from layer to layer: those of the published model cover its matrices', () => {
    const config = STT_1B.lm;
    const rows = Array.from({ length: config.numLayers }, (_, l) => sampledRows(config, l).gate).flat();
    const gaps = [...new Set(rows)].sort((a, b) => a - b).map((row, i, all) => row - (all[i - 1] ?? 0));
    assert.ok(new Set(rows).size >= 4 * config.numLayers);
    assert.ok(Math.max(...gaps) < config.hidden / 10, `a gap of ${Math.max(...gaps)} rows of ${config.hidden}`);
  });
});

describe('rows kept from the upload', () => {
  const names = (config: LmConfig): (readonly [string, number])[] => {
    const { qkv, out, gate } = sampledRows(config, 0);
    const layer = 'transformer.layers.0';
    return [
      ...qkv.map((row) => [`${layer}.self_attn.in_proj_weight`, row] as const),
      ...out.map((row) => [`${layer}.gating.linear_out.weight`, row] as const),
      ...gate.map((row) => [`${layer}.gating.linear_in.weight`, config.hidden + row] as const),
      ...sampledLogits(config).map((row) => ['text_linear.weight', row] as const),
      ['out_norm.alpha', 0],
    ];
  };

  for (const type of ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const) {
    it(`equal those of the file, from ${type}`, async () => {
      for (const config of [AWKWARD, BLOCKS, LONG, LONG_AWKWARD]) {
        const { model } = madeModel(config, () => type);
        const samples = new Samples(config);
        const memory = new Buffers(new FakeDevice().device, 'test');
        await loadGpuLmWeights(memory, model, config, { onWindow: (...window) => samples.take(...window) });
        const read = new Map<string, Float32Array>();
        for (const [name, row] of names(config)) {
          const values = read.get(name) ?? (await model.readTensorF32(name));
          read.set(name, values);
          const columns = model.tensors.get(name)!.shape.at(-1)!;
          assert.deepEqual(samples.row(name, row), values.slice(row * columns, (row + 1) * columns), `${name} ${row}`);
        }
        for (const [t, code] of sampledCodes(config).entries()) {
          const values = await model.readTensorF32(`emb.${t}.weight`);
          const found = samples.row('embeddings', t * (config.card + 1) + code);
          assert.deepEqual(found, values.slice(code * config.dim, (code + 1) * config.dim));
        }
      }
    });
  }

  it('are an error where a row was not wanted', () => {
    assert.throws(() => new Samples(BLOCKS).row('text_linear.weight', 50), { code: 'internal' });
  });
});
