/** An opened model: its config, its tokenizer and its tensors by name, whatever files they came from. */
import { SttError } from '../errors.js';
import type { Backend } from '../protocol/model.js';
import type { SttConfig } from './config.js';
import { multipliedAs, supportedTypes, type MatrixType, type TensorType } from './tensor-types.js';

/**
 * One tensor as stored. `shape` is row-major, outermost first: a matrix is [rows, columns]. Names are the
 * official checkpoint's (`transformer.layers.0.self_attn.in_proj_weight`); the codec's carry the prefix
 * `mimi.` (`mimi.encoder.model.0.conv.conv.weight`). Files with other names or a permuted layout are
 * renamed and un-permuted when they are opened, so nothing above this layer knows of them.
 */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Bytes `readTensor` returns. */
  readonly byteLength: number;
  /** The file it lives in, for error messages. */
  readonly file: string;
}

export interface ModelNotes {
  /** Why its pause heads are missing, if it should have some. */
  readonly pauseHeadsMissing?: string;
  /** Why it has to be downloaded again at the next visit. */
  readonly notKept?: string;
}

export interface Model {
  /** For messages: the file or folder name. */
  readonly name: string;
  readonly config: SttConfig;
  /** Every tensor, already checked: names complete, shapes as `config` says, inside their file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Problems of its download that a page may report. Reading tensors may add some. */
  readonly notes?: ModelNotes | undefined;
  /** The SentencePiece `.model` file's bytes. */
  readonly tokenizer: Uint8Array<ArrayBuffer>;
  /** A tensor's bytes as stored, in its own fresh buffer. Reads one tensor at a time, never the whole file. */
  readTensor(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * `length` of those bytes from byte `offset`, both at block boundaries: whole rows, say, of a tensor that is never in
   * memory in full. Reads just these bytes from the file; of a tensor that is permuted or folded on the way in, the
   * whole of it. Throws `model-invalid` on a NaN or an infinity.
   */
  readTensorSlice(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same decoded to f32, [product of shape]. Throws `model-invalid` on a NaN or an infinity. */
  readTensorF32(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** The info of the tensor `name`; throws `model-mismatch` where the model has none. */
export function tensorInfo(model: Model, name: string): TensorInfo {
  const info = model.tensors.get(name);
  if (!info) throw new SttError('model-mismatch', `${model.name}: tensor ${name} is missing`);
  return info;
}

/**
 * The type in which `backend` stores and multiplies the matrix: f32 where quantised rows are not whole blocks. Throws
 * `model-mismatch` where the backend does not support the tensor's type.
 */
export function matrixType<B extends Backend>(backend: B, info: TensorInfo): MatrixType<B> | 'f32' {
  const { name, type, shape, file } = info;
  const columns = shape.slice(1).reduce((product, n) => product * n, 1);
  const found = multipliedAs(backend, type, columns);
  if (found !== undefined) return found;
  const problem = `is ${type.toUpperCase()}, which ${backend} does not support`;
  throw new SttError('model-mismatch', `${file}: tensor ${name} ${problem}, expected ${supportedTypes(backend)}`);
}
