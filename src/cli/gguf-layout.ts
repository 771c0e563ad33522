/** The layout of our GGUF files: each tensor's type, and the metadata. */
import type { SttConfig } from '../model/config.js';
import { TARGET_TYPES, type TargetType } from '../model/encode-tensor.js';
import { configMetadata, TOKENIZER_TENSOR } from '../model/gguf-config.js';
import type { MetadataEntry, TensorToWrite } from '../model/gguf-writer.js';
import { blockSize, isQuantised, type QuantType } from '../model/tensor-types.js';

/** How the codec's matrices may be stored. */
export type MimiType = Exclude<TargetType, QuantType>;
export const MIMI_TYPES = TARGET_TYPES.filter((type): type is MimiType => !isQuantised(type));

/** llama.cpp's numbers for "mostly this type" [general.file_type]. */
const FILE_TYPES: Readonly<Record<TargetType, number>> = { f32: 0, f16: 1, q4_0: 2, q8_0: 7 };

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
