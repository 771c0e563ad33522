/** An opened model: its config, its tokenizer and its tensors by name, whatever files they came from. */
import type { SttConfig } from './config.js';

export type TensorType = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0';

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
  /** Why it has no pause heads, where it is meant to have some. */
  readonly pauseHeadsMissing?: string;
  /** Why it has to be fetched anew at the next visit. */
  readonly notKept?: string;
}

export interface Model {
  /** For messages: the file or folder name. */
  readonly name: string;
  readonly config: SttConfig;
  /** Every tensor, already checked: names complete, shapes as `config` says, inside their file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** What a page should know of how it was downloaded. Reading tensors may add to it. */
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
