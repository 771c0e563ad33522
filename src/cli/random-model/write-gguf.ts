/** A random model as one GGUF of ours. */
import { basename } from 'node:path';
import type { SttConfig } from '../../model/config.js';
import type { TargetType } from '../../model/encode-tensor.js';
import { writeGguf, type MetadataEntry, type TensorToWrite } from '../../model/gguf-writer.js';
import { ggufMetadata, storedType, tokenizerTensor, type MimiType } from '../gguf-layout.js';
import { writeWhole } from '../write-file.js';
import { RandomNumbers } from './random-numbers.js';
import { randomTensors } from './tensors.js';
import { inventedTokenizer } from './tokenizer.js';

export interface RandomGguf {
  readonly config: SttConfig;
  /** How the language model's matrices and the codec's are stored. */
  readonly type: TargetType;
  readonly mimi: MimiType;
  /** A whole number from 0 to 2^53 − 1. */
  readonly seed: number;
}

export interface GgufContents {
  readonly metadata: MetadataEntry[];
  readonly tensors: TensorToWrite[];
}

/** The arguments of `writeGguf` for a file called `name`; numbers are made on demand. */
export function randomGguf(name: string, { config, type, mimi, seed }: RandomGguf): GgufContents {
  const tensors = randomTensors(config, ['lm', 'mimi'], seed, new RandomNumbers(), (part, official, shape) => {
    const stored = part === 'mimi' ? `mimi.${official}` : official;
    return { name: stored, shape, type: storedType(stored, shape, type, mimi) };
  });
  const tokenizer = tokenizerTensor(inventedTokenizer(config.lm.textCard));
  return { metadata: ggufMetadata(name, config, type), tensors: [...tensors, tokenizer] };
}

/** Resolves with the file's size in bytes. */
export async function writeRandomGguf(path: string, model: RandomGguf): Promise<number> {
  const { metadata, tensors } = randomGguf(basename(path).replace(/\.gguf$/, ''), model);
  return writeWhole(path, (sink) => writeGguf(sink, metadata, tensors));
}
