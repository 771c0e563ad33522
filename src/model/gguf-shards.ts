/** Reads a model that `gguf-split` has split into several GGUF files: each has a header, the first also the metadata. */
import { SttError } from '../errors.js';
import type { ByteSource } from '../bytes/byte-source.js';
import { readGguf, type Gguf } from './gguf.js';
import type { StoredTensor } from './tensor-file.js';

/** A file name with more shards than this is taken for a mistake. */
const MAX_SHARDS = 999;

/**
 * The names of all shards if `name` is the first of them, such as `stt-00001-of-00003.gguf`; undefined if it is no shard.
 * Throws `invalid-argument` for any other shard.
 */
export function shardNames(name: string): readonly string[] | undefined {
  const [, stem, index, count] = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i.exec(name) ?? [];
  if (stem === undefined) return undefined;
  const total = Number(count);
  if (Number(index) !== 1 || total < 1 || total > MAX_SHARDS)
    throw new SttError('invalid-argument', `${name}: name the first shard, …-00001-of-${count}.gguf`);
  return Array.from({ length: total }, (_, i) => `${stem}-${String(i + 1).padStart(5, '0')}-of-${count}.gguf`);
}

/** Reads all shards as one file. Rejects with `model-invalid` if they do not belong together. */
export async function readGgufShards(sources: readonly [ByteSource, ...ByteSource[]]): Promise<Gguf> {
  const [first, ...rest] = await Promise.all(sources.map(readGguf));
  if (first === undefined || rest.length === 0) return first ?? readGguf(sources[0]);
  const tensors = new Map<string, StoredTensor>(first.tensors);
  for (const [i, shard] of [first, ...rest].entries()) {
    const { name } = sources[i] ?? sources[0];
    expect(name, shard, 'split.no', i);
    expect(name, shard, 'split.count', sources.length);
    if (i === 0) continue;
    for (const [key, tensor] of shard.tensors) {
      if (tensors.has(key)) throw new SttError('model-invalid', `${name}: tensor ${key} is in an earlier shard, too`);
      tensors.set(key, tensor);
    }
  }
  const claimed = first.metadata['split.tensors.count'];
  if (claimed !== undefined && Number(claimed) !== tensors.size) {
    throw new SttError(
      'model-invalid',
      `${sources[0].name}: split.tensors.count is ${Number(claimed)}, the shards hold ${tensors.size}`,
    );
  }
  return { metadata: first.metadata, tensors };
}

function expect(file: string, { metadata }: Gguf, key: string, value: number): void {
  const found = metadata[key];
  if (found === undefined || Number(found) === value) return;
  throw new SttError('model-invalid', `${file}: ${key} is ${Number(found)}, expected ${value}`);
}
