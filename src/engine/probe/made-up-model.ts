/** A model of given dimensions with made-up weights, on which kernels take as long as on real ones. */
import type { SttConfig } from '../../model/config.js';
import { lmShapes, mimiShapes } from '../../model/expected-shapes.js';
import type { Model, TensorInfo } from '../../model/model.js';
import { countOf } from '../../model/tensor-file.js';
import { blockBytes, storedBytes, type TensorType } from '../../model/tensor-types.js';

/** Blocks that repeat: more would only take longer to make. */
const PERIOD = 4096;
/** What grows without bound would end in infinities, which are slow on some machines. */
const SMALL = 1 / 128;

/** Matrices and tables of the language model in Q4_0, everything else in f32, all of it made when it is read. */
export function madeUpModel(config: SttConfig): Model {
  const tensors = new Map<string, TensorInfo>();
  const add = (name: string, shape: readonly number[], type: TensorType): void => {
    tensors.set(name, { name, shape, type, byteLength: storedBytes(type, countOf(shape)), file: 'probe' });
  };
  for (const [name, shape] of lmShapes(config.lm))
    add(name, shape, shape.length === 2 && !name.startsWith('extra_heads') ? 'q4_0' : 'f32');
  for (const [name, shape] of mimiShapes(config.mimi)) add(`mimi.${name}`, shape, 'f32');
  const pattern = quants();
  const readTensorSlice: Model['readTensorSlice'] = (_name, offset, length) => {
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
    // All alike, because that is made at once, and multiplied as slowly.
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
