/** The interface of an opened model: config, tokenizer, and tensors by name, in the same form for every file layout. */
import { SttError } from '../errors.js';
import type { Backend } from '../protocol/model.js';
import type { SttConfig } from './config.js';
import { multipliedAs, supportedTypes, type MatrixType, type TensorType } from './tensor-types.js';

/**
 * One tensor as stored. `shape` is row-major, outermost first: a matrix is [rows, columns]. Names are the
 * official checkpoint's (`transformer.layers.0.self_attn.in_proj_weight`); the codec's carry the prefix
 * `mimi.` (`mimi.encoder.model.0.conv.conv.weight`). Files with other names or a permuted layout are
 * renamed and un-permuted when they are opened, so other layers need not know them.
 */
export interface TensorInfo {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: TensorType;
  /** Bytes `readTensor` returns. */
  readonly byteLength: number;
  /** The file that contains it, for error messages. */
  readonly file: string;
}

export interface ModelNotes {
  /** Why its pause heads are missing, if it should have some. */
  readonly pauseHeadsMissing?: string;
  /** Why other files than the wanted ones were opened. */
  readonly instead?: string;
  /** Why it has to be downloaded again at the next visit. */
  readonly notKept?: string;
}

export interface Model {
  /** For messages: the file or folder name. */
  readonly name: string;
  readonly config: SttConfig;
  /** All tensors that `config` implies, with their shapes and extents already checked. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Problems of its download that a page may report. Reading tensors may add some. */
  readonly notes?: ModelNotes | undefined;
  /** The SentencePiece `.model` file's bytes. */
  readonly tokenizer: Uint8Array<ArrayBuffer>;
  /** A tensor's bytes as stored, in a new buffer. */
  readTensor(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * `length` of those bytes from byte `offset`, both at block boundaries, so that a large tensor need not be in memory as
   * a whole. Reads only these bytes from the file, unless the tensor has to be permuted or folded. Throws
   * `model-invalid` on a NaN or an infinity.
   */
  readTensorSlice(name: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The tensor decoded to f32, [product of shape]. Throws `model-invalid` on a NaN or an infinity. */
  readTensorF32(name: string): Promise<Float32Array<ArrayBuffer>>;
}

/** The info of the tensor `name`; throws `model-mismatch` if the model has none. */
export function tensorInfo(model: Model, name: string): TensorInfo {
  const info = model.tensors.get(name);
  if (!info) throw new SttError('model-mismatch', `${model.name}: tensor ${name} is missing`);
  return info;
}

/**
 * The type in which `backend` stores and multiplies the matrix: f32 if quantised rows are not whole blocks. Throws
 * `model-mismatch` if the backend does not support the tensor's type.
 */
export function matrixType<B extends Backend>(backend: B, info: TensorInfo): MatrixType<B> | 'f32' {
  const { name, type, shape, file } = info;
  const columns = shape.slice(1).reduce((product, n) => product * n, 1);
  const found = multipliedAs(backend, type, columns);
  if (found !== undefined) return found;
  const problem = `is ${type.toUpperCase()}, which ${backend} does not support`;
  throw new SttError('model-mismatch', `${file}: tensor ${name} ${problem}, expected ${supportedTypes(backend)}`);
}
