import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { ggufMetadata, tokenizerTensor } from '../../../src/cli/gguf-layout.js';
import { readGgufShards, shardNames } from '../../../src/model/gguf-shards.js';
import { writeGguf, type MetadataEntry, type TensorToWrite } from '../../../src/model/gguf-writer.js';
import { openModel } from '../../../src/model/open-model.js';
import { memorySource } from '../../../src/bytes/memory.js';
import type { ByteSource } from '../../../src/bytes/byte-source.js';
import { DEMO_GGUF } from './crafted-files.js';

const demo = await openModelFromPath(fileURLToPath(DEMO_GGUF));
const COUNT = 3;

/** A shard of the demo model as gguf-split writes it: the first has the metadata. `changes` replaces entries. */
async function shard(index: number, changes: readonly MetadataEntry[] = []): Promise<ByteSource> {
  const tensors = [...demo.tensors.values()].map(({ name, shape, type, byteLength }): TensorToWrite => ({
    ...{ name, shape, type, byteLength },
    chunks: async function* () {
      yield await demo.readTensor(name);
    },
  }));
  const own = [...tensors, tokenizerTensor(demo.tokenizer)].filter((_, i) => i % COUNT === index);
  const split: MetadataEntry[] = [
    { key: 'split.no', type: 'u32', value: index },
    { key: 'split.count', type: 'u32', value: COUNT },
    { key: 'split.tensors.count', type: 'u32', value: tensors.length + 1 },
  ].map((entry) => changes.find(({ key }) => key === entry.key) ?? (entry as MetadataEntry));
  const parts: Uint8Array[] = [];
  const sink = (bytes: Uint8Array): Promise<void> => Promise.resolve(void parts.push(bytes.slice()));
  await writeGguf(sink, [...(index === 0 ? ggufMetadata('demo', demo.config, 'q4_0') : []), ...split], own);
  return memorySource(`demo-0000${index + 1}-of-00003.gguf`, new Uint8Array(Buffer.concat(parts)));
}

describe('a sharded GGUF', () => {
  it('is identified by its first shard', () => {
    assert.deepEqual(shardNames('stt-00001-of-00002.gguf'), ['stt-00001-of-00002.gguf', 'stt-00002-of-00002.gguf']);
    assert.equal(shardNames('stt.gguf'), undefined);
    assert.throws(() => shardNames('stt-00002-of-00002.gguf'), { code: 'invalid-argument', message: /00001-of-00002/ });
    assert.throws(() => shardNames('stt-00001-of-99999.gguf'), { code: 'invalid-argument' });
  });

  it('opens as one model', async () => {
    const [gguf, ...shards] = await Promise.all([shard(0), shard(1), shard(2)]);
    const model = await openModel({ gguf, shards });
    assert.deepEqual(model.config, demo.config);
    assert.deepEqual(model.tokenizer, demo.tokenizer);
    for (const name of demo.tensors.keys())
      assert.deepEqual(await model.readTensor(name), await demo.readTensor(name), name);
  });

  it('opens from disk by its first shard', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shards-'));
    for (let i = 0; i < COUNT; i++) {
      const file = await shard(i);
      await writeFile(join(folder, file.name), await file.read(0, file.size));
    }
    const model = await openModelFromPath(join(folder, 'demo-00001-of-00003.gguf'));
    assert.deepEqual(model.config, demo.config);
    for (const name of demo.tensors.keys())
      assert.deepEqual(await model.readTensor(name), await demo.readTensor(name), name);
    await assert.rejects(openModelFromPath(join(folder, 'demo-00002-of-00003.gguf')), { code: 'invalid-argument' });
    await rm(join(folder, 'demo-00003-of-00003.gguf'));
    const missing = openModelFromPath(join(folder, 'demo-00001-of-00003.gguf'));
    await assert.rejects(missing, { code: 'model-invalid', message: /demo-00003-of-00003\.gguf/ });
    await rm(folder, { recursive: true });
  });

  it('rejects missing or repeated shards, a wrong order, and shards of another file', async () => {
    const [first, second, third] = await Promise.all([shard(0), shard(1), shard(2)]);
    const wrong = { code: 'model-invalid' };
    await assert.rejects(readGgufShards([first, second]), { ...wrong, message: /split\.count is 3, expected 2/ });
    await assert.rejects(readGgufShards([first, third, second]), { ...wrong, message: /split\.no is 2, expected 1/ });
    const repeated = await shard(0, [{ key: 'split.no', type: 'u32', value: 2 }]);
    await assert.rejects(readGgufShards([first, second, repeated]), {
      ...wrong,
      message: /is in an earlier shard, too/,
    });
    const short = await shard(0, [{ key: 'split.tensors.count', type: 'u32', value: 7 }]);
    await assert.rejects(readGgufShards([short, second, third]), { ...wrong, message: /split\.tensors\.count is 7/ });
  });
});
