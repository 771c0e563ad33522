/** Weights uploaded to a fake GPU: every byte is where a kernel reads it, and few are in memory at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Buffers } from '../../../../src/gpu/buffers.js';
import { WINDOW, windowsOf, stackedMatrix } from '../../../../src/lm/webgpu/stacked-matrix.js';
import { tableNames } from '../../../../src/lm/webgpu/tables.js';
import {
  loadGpuLmWeights,
  requiredLimits,
  type GpuLmWeights,
  type GpuMatrix,
} from '../../../../src/lm/webgpu/weights.js';
import type { TensorType } from '../../../../src/model/tensor-types.js';
import { FakeDevice } from '../../gpu/fake-device.js';
import { allocatedBytes } from './count-allocations.js';
import { expectedPlanes } from './expected-planes.js';
import { AWKWARD, BLOCKS, LONG, LONG_AWKWARD, madeModel, type Made } from './made-model.js';

const TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q4_0'] as const;
const HEAD = 'text_linear.weight';
const LAYER = 'transformer.layers.0';
async function loaded(made: Made, fake = new FakeDevice()): Promise<GpuLmWeights> {
  return loadGpuLmWeights(new Buffers(fake.device, 'test'), made.model, made.model.config.lm);
}

function check(made: Made, names: readonly string[], type: GpuMatrix['type'], buffers: readonly GPUBuffer[]): void {
  const planes = expectedPlanes(made, names, type);
  assert.equal(buffers.length, planes.length);
  for (const [i, plane] of planes.entries()) {
    const found = FakeDevice.bytes(buffers[i]!);
    assert.equal(found.length % 16, 0);
    assert.ok(found.length < plane.length + 16);
    const same = Buffer.compare(found.subarray(0, plane.length), plane) === 0;
    assert.ok(same, `${names[0]!}: plane ${i} of ${type} differs`);
    assert.ok(found.subarray(plane.length).every((byte) => byte === 0));
  }
}

describe('weights on a GPU', () => {
  for (const stored of TYPES) {
    for (const [shape, config] of [
      ['rows of 90 and 77', AWKWARD],
      ['rows of three and five blocks', BLOCKS],
    ] as const) {
      it(`equal those of the file, from ${stored} in ${shape}`, async () => {
        const made = madeModel(config, () => stored);
        const { tables, layers, outNorm, head, pause } = await loaded(made);
        const type = stored === 'f16' ? 'f16' : config === BLOCKS && stored !== 'bf16' ? stored : 'f32';
        const wide = (K: number): number => Math.ceil(K / 4) * 4;
        const { dim: M, hidden: F, textCard: V } = config;
        const [layer] = layers;
        for (const [matrix, name, N, K] of [
          [layer!.qkv, `${LAYER}.self_attn.in_proj_weight`, 3 * M, M],
          [layer!.out, `${LAYER}.self_attn.out_proj.weight`, M, M],
          [layer!.ffnIn, `${LAYER}.gating.linear_in.weight`, 2 * F, M],
          [layer!.ffnOut, `${LAYER}.gating.linear_out.weight`, M, F],
          [head, HEAD, V, M],
        ] as const) {
          assert.deepEqual([matrix.type, matrix.N, matrix.K], [type, N, wide(K)]);
          check(made, [name], type, matrix.buffers);
        }
        assert.deepEqual([tables.type, tables.count, tables.K], [type, config.nQ + 1, wide(M)]);
        check(made, tableNames(config), type, tables.buffers);
        const first = new Uint32Array(FakeDevice.bytes(tables.first).buffer, 0, tables.count);
        assert.deepEqual(
          [...first],
          [...first].map((_, t) => t * (config.card + 1)),
        );
        assert.deepEqual([pause!.type, pause!.N, pause!.K], ['f32', 15, wide(M)]);
        check(
          made,
          [0, 1, 2].map((i) => `extra_heads.${i}.weight`),
          'f32',
          pause!.buffers,
        );
        for (const [vector, name] of [
          [layer!.norm1, `${LAYER}.norm1.alpha`],
          [layer!.norm2, `${LAYER}.norm2.alpha`],
          [outNorm, 'out_norm.alpha'],
        ] as const) {
          check(made, [name], 'f32', [vector]);
        }
      });
    }
  }

  for (const stored of TYPES) {
    it(`are complete if ${stored} is uploaded in several windows`, async () => {
      for (const config of [LONG, LONG_AWKWARD]) {
        const made = madeModel(config, (name) => (name === HEAD ? stored : 'f16'));
        const { head } = await loaded(made);
        check(made, [HEAD], head.type, head.buffers);
        assert.ok([...windowsOf(stackedMatrix(made.model, 'head', [HEAD]))].length > 1);
      }
    });
  }

  it('have tables of one type: f32 if the file mixes types', async () => {
    const mixed: Record<string, TensorType> = {
      'emb.1.weight': 'q8_0',
      'emb.3.weight': 'f16',
      'text_emb.weight': 'bf16',
    };
    const made = madeModel(BLOCKS, (name) => mixed[name] ?? 'q4_0');
    const { tables } = await loaded(made);
    assert.equal(tables.type, 'f32');
    check(made, tableNames(BLOCKS), 'f32', tables.buffers);
  });

  it('take the bytes of the file for a quantised matrix, plus the padding of its buffers', async () => {
    for (const type of ['q4_0', 'q8_0'] as const) {
      const made = madeModel(BLOCKS, () => type);
      const { head, layers } = await loaded(made);
      for (const [matrix, name] of [
        [head, HEAD],
        [layers[0]!.ffnOut, `${LAYER}.gating.linear_out.weight`],
      ] as const) {
        const { byteLength } = made.model.tensors.get(name)!;
        assert.equal(matrix.bytes, byteLength);
        const allocated = matrix.buffers.reduce((sum, buffer) => sum + buffer.size, 0);
        assert.ok(allocated < byteLength + 2 * 16);
      }
    }
  });

  it('are rejected with the tensor and index of a number that is not finite, in every type and window', async () => {
    for (const [type, at, element] of [
      ['f32', 2 * 4 + 2, 2],
      ['f16', 5 * 2, 5],
      ['bf16', 5 * 2, 5],
      ['q8_0', 3 * 34, 96],
      ['q4_0', 3 * 18, 96],
    ] as const) {
      const made = madeModel(LONG, (name) => (name === HEAD ? type : 'q4_0'));
      const { byteLength } = made.model.tensors.get(HEAD)!;
      const lastRow = byteLength - byteLength / LONG.textCard;
      const begin = made.offsets.get(HEAD)! + lastRow + at;
      made.file.fill(0xff, begin, begin + 2);
      await assert.rejects(loaded(made), {
        code: 'model-invalid',
        message: new RegExp(`text_linear.weight holds NaN .* element ${(LONG.textCard - 1) * LONG.dim + element},`),
      });
    }
  });

  it('report their progress and stop when aborted', async () => {
    const made = madeModel(LONG, () => 'q4_0');
    const memory = new Buffers(new FakeDevice().device, 'test');
    const progress: number[] = [];
    await loadGpuLmWeights(memory, made.model, LONG, { onProgress: (done, total) => progress.push(done / total) });
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
    assert.equal(progress.at(-1), 1);
    assert.ok(progress.length > made.model.tensors.size);

    const stop = new AbortController();
    made.reads.length = 0;
    const onProgress = (): void => stop.abort();
    const stopped = loadGpuLmWeights(memory, made.model, LONG, { onProgress, signal: stop.signal });
    await assert.rejects(stopped, { name: 'AbortError' });
    assert.ok(made.reads.length <= 2, `${made.reads.length} reads after the end`);
  });
});

describe('memory during the upload of weights', () => {
  it('is a few windows, whatever the length of tensors', async () => {
    const extra: number[] = [];
    for (const textCard of [50_000, 300_000]) {
      const made = madeModel({ ...LONG, textCard }, () => 'q4_0'); // 300 000 rows are two tensors of 38 MB
      const fake = new FakeDevice();
      let [written, ahead] = [0, 0];
      fake.onWrite = (bytes) => {
        ahead = Math.max(ahead, sum(made.reads) - written);
        written += bytes;
      };
      const all = await allocatedBytes(() => loaded(made, fake));
      assert.ok(Math.max(...made.reads) <= WINDOW, `a read of ${Math.max(...made.reads)} bytes`);
      assert.ok(ahead <= 2 * WINDOW, `${ahead} bytes were read and not yet written`);
      extra.push(all - sum(made.reads) - sum(fake.buffers.map(({ size }) => size)));
    }
    assert.equal(extra[0], extra[1]);
    assert.ok(extra[0]! > WINDOW / 2 && extra[0]! <= 2 * WINDOW, `${extra[0]} bytes beside the reads`);
  });
});

describe('the limits that a GPU needs', () => {
  it('are the size of the largest buffer, and at least WebGPU’s defaults', () => {
    const MB = 1024 * 1024;
    const small = madeModel(AWKWARD, () => 'f16');
    assert.deepEqual(requiredLimits(small.model, AWKWARD), {
      maxStorageBufferBindingSize: 128 * MB,
      maxBufferSize: 256 * MB,
    });

    const large = madeModel({ ...LONG, textCard: 300_000 }, () => 'q4_0');
    // As if each weight were f32: only names, types and shapes are read.
    const tensors = new Map([...large.model.tensors].map(([name, info]) => [name, { ...info, type: 'f32' as const }]));
    const { maxStorageBufferBindingSize } = requiredLimits({ ...large.model, tensors }, large.model.config.lm);
    assert.equal(maxStorageBufferBindingSize, (5 * 35 + 300_001) * 224 * 4);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
