/** A Model that reads tensors on demand: only headers and the tokenizer stay in memory. */
import { SttError } from '../errors.js';
import type { SttConfig } from './config.js';
import type { Model, TensorInfo } from './model.js';
import { release } from '../bytes/release.js';
import { countOf, type LazyTensor } from './tensor-file.js';
import { blockBytes, blockSize, decodeTensor, findNonFinite } from './tensor-types.js';

interface Parts {
  readonly name: string;
  readonly config: SttConfig;
  readonly tensors: ReadonlyMap<string, LazyTensor>;
  readonly tokenizer: Uint8Array<ArrayBuffer>;
}

export function createModel({ name, config, tensors, tokenizer }: Parts): Model {
  const infos = new Map<string, TensorInfo>([...tensors].map(([key, { info }]) => [key, info]));

  const find = (tensor: string): LazyTensor => {
    const found = tensors.get(tensor);
    if (found === undefined) throw new SttError('model-invalid', `${name}: has no tensor ${tensor}`);
    return found;
  };
  const readTensorSlice = async (tensor: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const { info, read } = find(tensor);
    const bytes = await read(offset, length);
    checkFinite(info, bytes, offset);
    return bytes;
  };
  const readTensor = (tensor: string): Promise<Uint8Array<ArrayBuffer>> =>
    readTensorSlice(tensor, 0, find(tensor).info.byteLength);

  return {
    name,
    config,
    tensors: infos,
    tokenizer,
    readTensor,
    readTensorSlice,
    readTensorF32: async (tensor) => {
      const { info } = find(tensor);
      const bytes = await readTensor(tensor);
      const values = decodeTensor(info.type, bytes, countOf(info.shape));
      release(bytes);
      return values;
    },
  };
}

/**
 * One NaN among the weights would silence every word after it, without an error. Codebooks are exempt: their sums overflow in
 * f16, and the codec leaves out the entries that did.
 */
function checkFinite(info: TensorInfo, bytes: Uint8Array<ArrayBuffer>, offset: number): void {
  if (info.name.includes('._codebook.')) return;
  const at = findNonFinite(info.type, bytes);
  if (at < 0) return;
  const before = (offset / blockBytes(info.type)) * blockSize(info.type);
  throw new SttError(
    'model-invalid',
    `${info.file}: tensor ${info.name} holds NaN or infinity at element ${before + at}, expected finite numbers`,
  );
}
