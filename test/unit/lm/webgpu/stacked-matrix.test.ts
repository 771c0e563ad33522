/** Stacking tensors into GPU matrices: which type the matrix gets, and which types are rejected. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stackedMatrix } from '../../../../src/lm/webgpu/stacked-matrix.js';
import type { Model } from '../../../../src/model/model.js';
import type { TensorType } from '../../../../src/model/tensor-types.js';
import { AWKWARD, BLOCKS, madeModel } from './made-model.js';

const HEAD = 'text_linear.weight';
const OUT = 'transformer.layers.0.self_attn.out_proj.weight';

function typeOf(config: typeof BLOCKS, type: TensorType, ...names: string[]): string {
  return stackedMatrix(madeModel(config, (name) => (name === OUT ? 'f16' : type)).model, 'stack', names).type;
}

describe('stackedMatrix', () => {
  it('keeps F32, F16, Q8_0 and Q4_0', () => {
    for (const type of ['f32', 'f16', 'q8_0', 'q4_0'] as const) assert.equal(typeOf(BLOCKS, type, HEAD), type);
  });

  it('widens BF16, and quantised rows that are not whole blocks, to F32', () => {
    assert.equal(typeOf(BLOCKS, 'bf16', HEAD), 'f32');
    assert.equal(typeOf(AWKWARD, 'q8_0', HEAD), 'f32');
    assert.equal(typeOf(AWKWARD, 'q4_0', HEAD), 'f32');
  });

  it('uses F32 for tensors of different types', () => {
    assert.equal(typeOf(BLOCKS, 'q4_0', HEAD, OUT), 'f32');
  });

  it('rejects a type that WebGPU has no kernel for, and names the tensor and the types it has kernels for', () => {
    const { model } = madeModel(BLOCKS, () => 'q4_0');
    const unknown = { ...model.tensors.get(HEAD)!, type: 'q5_0' as TensorType };
    const changed: Model = { ...model, tensors: new Map([...model.tensors, [HEAD, unknown]]) };
    assert.throws(() => stackedMatrix(changed, 'head', [HEAD]), {
      name: 'SttError',
      code: 'model-mismatch',
      message:
        'made.gguf: tensor text_linear.weight is Q5_0, which webgpu does not support, expected F32, F16, BF16, Q8_0 or Q4_0 (model-mismatch)',
    });
  });
});
