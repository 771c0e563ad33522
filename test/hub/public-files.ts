/** Converts the demo model to the public three-file layout, to the official one, and to one of our GGUFs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ggufMetadata, tokenizerTensor } from '../../src/cli/gguf-layout.js';
import { openModelFromDirectory } from '../../src/cli/open-model-from-path.js';
import { encodeTensor } from '../../src/model/encode-tensor.js';
import { writeGguf, type MetadataEntry, type TensorToWrite } from '../../src/model/gguf-writer.js';
import type { Model } from '../../src/model/model.js';
import { openModel } from '../../src/model/open-model.js';
import { memorySource } from '../../src/bytes/memory.js';

const DEMO = fileURLToPath(new URL('../fixtures/demo/', import.meta.url));

export interface PublicFiles {
  /** The language model without its pause heads, in Q4_0 under the third party's keys. */
  readonly gguf: Uint8Array;
  readonly mimi: Uint8Array;
  readonly tokenizer: Uint8Array;
  readonly mimiConfig: Uint8Array;
  /** The official checkpoint, which has the pause heads. */
  readonly official: Uint8Array;
  /** Everything in one GGUF, with the codec's config as derived without mimi_config.json. */
  readonly own: Uint8Array;
}

export async function publicFiles(): Promise<PublicFiles> {
  const model = await openModelFromDirectory(DEMO);
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(DEMO + name));
  const gguf = await bytesOf(thirdPartyMetadata(model), await thirdPartyTensors(model));
  const [mimi, tokenizer] = [read('mimi-tiny.safetensors'), read('tokenizer_tiny_en_fr_256.model')];
  const [mimiConfig, official] = [read('mimi_config.json'), read('model.safetensors')];
  const joined = await openModel({
    gguf: memorySource('lm.gguf', gguf),
    mimi: memorySource('mimi.safetensors', mimi),
    tokenizer: memorySource('tokenizer.model', tokenizer),
    pauseHeads: [(use) => use(memorySource('model.safetensors', official))],
  });
  const tensors = [...joined.tensors.values()].map(({ name, shape, type, byteLength }): TensorToWrite => ({
    ...{ name, shape, type, byteLength },
    chunks: async function* () {
      yield await joined.readTensor(name);
    },
  }));
  const own = await bytesOf(ggufMetadata('own', joined.config, 'q4_0'), [
    ...tensors,
    tokenizerTensor(joined.tokenizer),
  ]);
  return { gguf, mimi, tokenizer, mimiConfig, official, own };
}

async function thirdPartyTensors(model: Model): Promise<TensorToWrite[]> {
  const names = [...model.tensors.keys()].filter((name) => !/^(mimi|extra_heads)\./.test(name)).sort();
  return Promise.all(
    names.map(async (name): Promise<TensorToWrite> => {
      const type = name.endsWith('.alpha') ? 'f32' : 'q4_0';
      const bytes = encodeTensor(type, await model.readTensorF32(name));
      const shape = model.tensors.get(name)?.shape ?? [];
      return { name, shape, type, byteLength: bytes.length, chunks: () => [bytes] };
    }),
  );
}

function thirdPartyMetadata({ config: { lm } }: Model): MetadataEntry[] {
  const numbers = {
    'stt.context_length': lm.context,
    'stt.embedding_length': lm.dim,
    'stt.block_count': lm.numLayers,
    'stt.feed_forward_length': lm.hidden,
    'stt.attention.head_count': lm.numHeads,
    'stt.vocab_size': lm.textCard,
    'stt.audio_vocab_size': lm.card + 1,
  };
  return [
    { key: 'general.architecture', type: 'string', value: 'kyutai-stt' },
    ...Object.entries(numbers).map(([key, value]): MetadataEntry => ({ key, type: 'u32', value })),
    { key: 'stt.rope.freq_base', type: 'f32', value: lm.maxPeriod },
  ];
}

async function bytesOf(metadata: readonly MetadataEntry[], tensors: readonly TensorToWrite[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const sink = (bytes: Uint8Array): Promise<void> => Promise.resolve(void parts.push(bytes.slice()));
  await writeGguf(sink, metadata, tensors);
  return new Uint8Array(Buffer.concat(parts));
}
