/** Builds a model of given dimensions with synthetic weights, for timing kernels without a download. */
import type { SttConfig } from '../../model/config.js';
import { lmShapes, mimiShapes } from '../../model/expected-shapes.js';
import type { Model, TensorInfo } from '../../model/model.js';
import { countOf } from '../../model/tensor-file.js';
import { blockBytes, storedBytes, type TensorType } from '../../model/tensor-types.js';

/** Blocks of the repeating pattern of weights: short, so that it is quick to generate. */
const PERIOD = 4096;
/** Small enough that activations never reach infinity, which is slow on some machines. */
const SMALL = 1 / 128;

/** The language model's matrices and tables are Q4_0, all other tensors f32; data is generated on reading. */
export function madeUpModel(config: SttConfig): Model {
  const tensors = new Map<string, TensorInfo>();
  const add = (name: string, shape: readonly number[], type: TensorType): void => {
    tensors.set(name, { name, shape, type, byteLength: storedBytes(type, countOf(shape)), file: 'probe' });
  };
  for (const [name, shape] of lmShapes(config.lm))
    add(name, shape, shape.length === 2 && !name.startsWith('extra_heads') ? 'q4_0' : 'f32');
  for (const [name, shape] of mimiShapes(config.mimi)) add(`mimi.${name}`, shape, 'f32');
  const pattern = quants();
  const readTensorSlice: Model['readTensorSlice'] = (name, offset, length) => {
    // Bytes of quants would be NaN as f32, and a GPU that computes NaN is refused.
    if (tensors.get(name)?.type === 'f32')
      return Promise.resolve(new Uint8Array(new Float32Array(length / 4).fill(SMALL).buffer));
    const bytes = new Uint8Array(length);
    for (let at = 0, from = offset % pattern.length; at < length; from = 0) {
      const part = pattern.subarray(from, from + length - at);
      bytes.set(part, at);
      at += part.length;
    }
    return Promise.resolve(bytes);
  };
  const readTensor: Model['readTensor'] = (name) => readTensorSlice(name, 0, tensors.get(name)?.byteLength ?? 0);
  return {
    name: 'probe',
    config,
    tensors,
    tokenizer: new Uint8Array(),
    readTensor,
    readTensorSlice,
    // A constant is quickest to generate and takes as long to multiply.
    readTensorF32: (name) => Promise.resolve(new Float32Array(countOf(tensors.get(name)?.shape ?? [0])).fill(SMALL)),
  };
}

/** Q4_0 blocks with a scale of 2⁻⁹. */
function quants(): Uint8Array {
  const block = blockBytes('q4_0');
  const bytes = Uint8Array.from({ length: PERIOD * block }, (_, i) => ((i * 2654435761) >>> 16) & 0xff);
  for (let at = 0; at < bytes.length; at += block) {
    bytes[at] = 0;
    bytes[at + 1] = 0x18;
  }
  return bytes;
}
