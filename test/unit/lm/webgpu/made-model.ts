/** Language models of any dimensions and tensor types, with seeded weights, over a source that records its reads. */
import type { ByteSource } from '../../../../src/bytes/byte-source.js';
import type { LmConfig, SttConfig } from '../../../../src/model/config.js';
import { lmShapes } from '../../../../src/model/expected-shapes.js';
import type { Model } from '../../../../src/model/model.js';
import { createModel } from '../../../../src/model/opened-model.js';
import { memorySource } from '../../../../src/bytes/memory.js';
import { countOf, lazyTensor, type LazyTensor } from '../../../../src/model/tensor-file.js';
import { blockBytes, storedBytes, type TensorType } from '../../../../src/model/tensor-types.js';

export interface Made {
  readonly model: Model;
  /** The file: one tensor after another. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** The byte at which each tensor begins. */
  readonly offsets: ReadonlyMap<string, number>;
  /** Length of each read so far, in bytes. */
  readonly reads: number[];
}

/** Dimensions that are not multiples of four and not whole quantisation blocks. */
export const AWKWARD: LmConfig = {
  ...{ dim: 90, numLayers: 1, numHeads: 5, hidden: 77, nQ: 5, card: 34, textCard: 121, context: 17, maxPeriod: 10_000 },
  ...{ paddingToken: 3, endOfPaddingToken: 0, pauseHeads: 3, pauseClasses: 5 },
  ...{ audioDelaySeconds: 0.5, silencePrefixSeconds: 0 },
};

/** Rows of whole blocks, of an odd number. */
export const BLOCKS: LmConfig = { ...AWKWARD, dim: 96, numHeads: 6, hidden: 160 };
/** A head of several windows that begin at odd blocks. */
export const LONG: LmConfig = { ...BLOCKS, dim: 224, numHeads: 7, textCard: 40_001, pauseHeads: 0 };
/** Blocks that cross rows and would cross windows. */
export const LONG_AWKWARD: LmConfig = { ...AWKWARD, textCard: 40_001, pauseHeads: 0 };

export function madeModel(lm: LmConfig, typeOf: (name: string) => TensorType): Made {
  const tensors: { name: string; shape: readonly number[]; type: TensorType; offset: number; byteLength: number }[] =
    [];
  let size = 0;
  for (const [name, shape] of lmShapes(lm)) {
    const type = typeOf(name);
    const byteLength = storedBytes(type, countOf(shape));
    tensors.push({ name, shape, type, offset: size, byteLength });
    size += byteLength;
  }
  const file = noise(size);
  for (const { type, offset, byteLength } of tensors) makeFinite(type, file.subarray(offset, offset + byteLength));

  const reads: number[] = [];
  const memory = memorySource('made.gguf', file);
  const source: ByteSource = {
    name: 'made.gguf',
    size,
    read: (offset, length) => {
      reads.push(length);
      return memory.read(offset, length);
    },
  };
  const lazy = new Map<string, LazyTensor>(
    tensors.map((tensor) => [tensor.name, lazyTensor({ ...tensor, dtype: tensor.type, source })]),
  );
  const config = { lm } as SttConfig; // the codec is not used
  const model = createModel({ name: 'made', config, tensors: lazy, tokenizer: new Uint8Array() });
  return { model, file, offsets: new Map(tensors.map(({ name, offset }) => [name, offset])), reads };
}

function noise(size: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = 0x9e37_79b9;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** Clears two exponent bits of every number or scale, so that none is infinite or NaN. */
function makeFinite(type: TensorType, bytes: Uint8Array): void {
  const stride = blockBytes(type);
  for (let i = type === 'f32' ? 3 : 1; i < bytes.length; i += stride) bytes[i] = bytes[i]! & 0xbb;
}
