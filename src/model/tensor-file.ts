/** Tensors as a file's header describes them, and the check of their extents. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import type { TensorInfo } from './model.js';
import { asQ8_0 } from './requantised.js';
import { supportedTypes, type TensorType } from './tensor-types.js';

/** A tensor as its file's header describes it. */
export interface StoredTensor {
  /** As in the file. */
  readonly name: string;
  /** Row-major, outermost first. */
  readonly shape: readonly number[];
  /** As the file calls it, e.g. `BF16`, `Q6_K`. */
  readonly dtype: string;
  /** Undefined for an unsupported dtype, which is an error only if the tensor is needed. */
  readonly type: TensorType | undefined;
  /** Bytes from the file's start. */
  readonly offset: number;
  /** 0 if `type` is undefined and the file does not specify it. */
  readonly byteLength: number;
  readonly source: ByteSource;
}

export type TensorFile = ReadonlyMap<string, StoredTensor>;

/** A tensor under its canonical name that can be read, whole or in part. */
export interface LazyTensor {
  readonly info: TensorInfo;
  /** `length` bytes from byte `offset` of the tensor, in a fresh buffer. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Product of the dimensions; 1 for a scalar. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Throws `model-invalid` if a tensor extends past the end of the file or two overlap. Tensor data may begin at `dataStart`. */
export function checkExtents(source: ByteSource, tensors: Iterable<StoredTensor>, dataStart: number): void {
  let end = dataStart;
  let previous = 'the header';
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    const { name, offset, byteLength } = tensor;
    const stop = offset + byteLength;
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(stop) || stop > source.size) {
      throw new SttError(
        'model-invalid',
        `${source.name}: tensor ${name} ends at byte ${stop}, the file has ${source.size}`,
      );
    }
    if (offset < end) {
      throw new SttError(
        'model-invalid',
        `${source.name}: tensor ${name} begins at byte ${offset}, inside ${previous}, which ends at ${end}`,
      );
    }
    end = stop;
    previous = `tensor ${name}`;
  }
}

/** `stored` under a canonical name and shape (same numbers, e.g. [1, 1, M] as [M]). Throws if its type is unsupported. */
export function lazyTensor(stored: StoredTensor, name = stored.name, shape = stored.shape): LazyTensor {
  const { source, type, byteLength } = stored;
  if (stored.dtype === 'Q4_K') return asQ8_0(stored, name, shape);
  if (type === undefined) {
    throw new SttError(
      'model-mismatch',
      `${source.name}: tensor ${stored.name} is ${stored.dtype}, expected ${supportedTypes()}`,
    );
  }
  return {
    info: { name, shape, type, byteLength, file: source.name },
    read: (offset, length) => source.read(stored.offset + offset, length),
  };
}
