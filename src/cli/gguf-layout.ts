/** The layout of our GGUF files: each tensor's type, and the metadata. */
import { SttError } from '../errors.js';
import type { SttConfig } from '../model/config.js';
import { TARGET_TYPES, type TargetType } from '../model/encode-tensor.js';
import { configMetadata, TOKENIZER_TENSOR } from '../model/gguf-config.js';
import type { MetadataEntry, TensorToWrite } from '../model/gguf-writer.js';
import { blockSize, isQuantised, type QuantType } from '../model/tensor-types.js';
import { oneOf } from './one-of.js';

/** How the codec's matrices may be stored. */
export type MimiType = Exclude<TargetType, QuantType>;
export const MIMI_TYPES = TARGET_TYPES.filter((type): type is MimiType => !isQuantised(type));

/** llama.cpp's numbers for "mostly this type" [general.file_type]. */
const FILE_TYPES: Readonly<Record<TargetType, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };

/** A type for the tensors whose names match, in place of the one that `storedType` gives. */
export interface TypeRule {
  /** A name in which `*` stands for any characters. */
  readonly pattern: string;
  readonly type: TargetType;
}

/** Parses `emb.*=q8_0`. Throws `invalid-argument`. */
export function parseTypeRule(text: string): TypeRule {
  const [, pattern, type] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (pattern === undefined) {
    throw new SttError('invalid-argument', `--keep: found ${text}, expected PATTERN=TYPE, such as emb.*=q8_0`);
  }
  return { pattern, type: oneOf(`--keep ${pattern}`, type, TARGET_TYPES) };
}

/** Whether a rule applies to the tensor `name`. */
export function matches({ pattern }: TypeRule, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[^\w]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/**
 * The type a rule gives a tensor. Throws `invalid-argument` where it cannot be stored so: only matrices have a choice, the codec is
 * never quantised, and blocks may not straddle rows.
 */
export function ruledType(rule: TypeRule, name: string, shape: readonly number[]): TargetType {
  const { pattern, type } = rule;
  const columns = shape.at(-1) ?? 0;
  const isFixed = storedType(name, shape, 'f16', 'f16') !== 'f16';
  const reason = isFixed
    ? 'is always stored as f32'
    : name.startsWith('mimi.') && isQuantised(type)
      ? 'belongs to the codec, which is stored as f16 or f32'
      : columns % blockSize(type) !== 0
        ? `has rows of ${columns}, no multiple of ${blockSize(type)}`
        : undefined;
  if (reason === undefined) return type;
  throw new SttError('invalid-argument', `--keep ${pattern}=${type}: tensor ${name} ${reason}`);
}

/**
 * The type a tensor is stored in, for the requested `type` and `mimi`. Blocks may not straddle rows, so a matrix whose
 * rows are not whole blocks falls back to f16.
 * @param name with the codec's `mimi.` before it
 */
export function storedType(name: string, shape: readonly number[], type: TargetType, mimi: MimiType): TargetType {
  if (shape.length < 2 || name.startsWith('extra_heads.') || name.includes('._codebook.')) return 'f32';
  if (name.startsWith('mimi.')) return mimi;
  return (shape.at(-1) ?? 0) % blockSize(type) === 0 ? type : 'f16';
}

/** The SentencePiece file as a tensor. */
export function tokenizerTensor(tokenizer: Uint8Array): TensorToWrite {
  return {
    name: TOKENIZER_TENSOR,
    shape: [tokenizer.length],
    type: 'i8',
    byteLength: tokenizer.length,
    chunks: () => [tokenizer],
  };
}

/** All metadata of a file called `name` whose matrices are mostly `type`. */
export function ggufMetadata(name: string, config: SttConfig, type: TargetType): MetadataEntry[] {
  return [
    { key: 'general.architecture', type: 'string', value: 'kyutai-stt' },
    { key: 'general.name', type: 'string', value: name },
    { key: 'general.file_type', type: 'u32', value: FILE_TYPES[type] },
    { key: 'general.quantization_version', type: 'u32', value: 2 }, // ggml's block layouts since 2023
    ...configMetadata(config),
  ];
}
