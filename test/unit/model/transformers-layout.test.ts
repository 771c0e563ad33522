/** Tests that checkpoints written by Hugging Face's transformers open, from a folder, a URL or a repository. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { convert } from '../../../src/cli/convert.js';
import { filesOfModel } from '../../../src/cli/model-files.js';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { memoryStore } from '../../../src/download/memory-store.js';
import { memorySource } from '../../../src/bytes/memory.js';
import { SttError } from '../../../src/errors.js';
import type { Model } from '../../../src/model/model.js';
import { openModel } from '../../../src/model/open-model.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { SentencePiece } from '../../../src/text/sentencepiece.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { bytesOf, editHeader, editJson, FIXTURES, type Replacements } from './crafted-files.js';

const FOLDER = fileURLToPath(new URL('transformers/', FIXTURES));
const FILES = ['config.json', 'model.safetensors', 'preprocessor_config.json', 'tokenizer.json'] as const;
const INDEX = 'model.safetensors.index.json';

/** The checkpoint's files by name, some of them replaced or, with `undefined`, removed. */
async function filesWith(
  changes: Readonly<Record<string, Uint8Array<ArrayBuffer> | undefined>>,
): Promise<Replacements> {
  const files = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
  for (const name of FILES) files.set(name, await bytesOf(new URL(`transformers/${name}`, FIXTURES)));
  for (const [name, bytes] of Object.entries(changes)) files.set(name, bytes);
  return Object.fromEntries([...files].flatMap(([name, bytes]) => (bytes ? [[name, bytes] as const] : [])));
}

async function openFiles(files: Replacements): Promise<Model> {
  const open = (name: string): Promise<ReturnType<typeof memorySource>> => {
    const bytes = files[name];
    return bytes ? Promise.resolve(memorySource(name, bytes)) : Promise.reject(new SttError('network', `${name}: 404`));
  };
  return openModel({ name: 'tiny', config: await open('config.json'), open });
}

const openWith = async (changes: Parameters<typeof filesWith>[0]): Promise<Model> =>
  openFiles(await filesWith(changes));

/** The checkpoint in two shards and an index, as transformers splits large ones. */
async function sharded(): Promise<Replacements> {
  const { 'model.safetensors': whole } = await filesWith({});
  const names: string[] = [];
  const part = (isPart: (name: string) => boolean): Uint8Array<ArrayBuffer> =>
    editHeader(whole!, (header) => {
      for (const name of [...header.keys()]) {
        if (names.length < header.size) names.push(name);
        if (!isPart(name)) header.delete(name);
      }
    });
  const codec = (name: string): boolean => name.startsWith('codec_model.');
  const shards = {
    'model-00001-of-00002.safetensors': part((name) => !codec(name)),
    'model-00002-of-00002.safetensors': part(codec),
  };
  const map = names.map((name) => [name, Object.keys(shards)[codec(name) ? 1 : 0]] as const);
  const index = new TextEncoder().encode(JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(map) }));
  return filesWith({ 'model.safetensors': undefined, ...shards, [INDEX]: index });
}

async function assertSame(a: Model, b: Model): Promise<void> {
  assert.deepEqual(a.config, b.config);
  assert.deepEqual(a.tokenizer, b.tokenizer);
  assert.deepEqual([...a.tensors.keys()], [...b.tensors.keys()]);
  for (const name of a.tensors.keys()) assert.deepEqual(await a.readTensor(name), await b.readTensor(name), name);
}

describe('a checkpoint of the transformers library', () => {
  let whole: Model;
  before(async () => {
    whole = await openModelFromPath(FOLDER);
  });

  it('has the config of its files, and delay and prefix of the feature extractor', () => {
    const { lm, mimi } = whole.config;
    assert.deepEqual(lm, {
      ...{ dim: 64, numLayers: 2, numHeads: 4, hidden: 80, nQ: 4, card: 32, textCard: 320, context: 24 },
      ...{ maxPeriod: 50_000, paddingToken: 3, endOfPaddingToken: 0, pauseHeads: 0, pauseClasses: 0 },
      ...{ audioDelaySeconds: 2.5, silencePrefixSeconds: 1 },
    });
    assert.deepEqual(mimi.transformer, {
      ...{ dim: 32, numHeads: 4, numLayers: 2, context: 90, maxPeriod: 10_000, hidden: 48 },
    });
    assert.deepEqual(mimi.quantizer, { dimension: 16, nQ: 4, bins: 32 });
  });

  it('has the pieces of the SentencePiece file that tokenizer.json was made from', async () => {
    const original = await bytesOf(new URL('text/tokenizer_bytes_320.model', FIXTURES));
    const expected = SentencePiece.parse(original, 'original', 320);
    const found = SentencePiece.parse(whole.tokenizer, 'tokenizer.json', 320);
    assert.deepEqual(
      found.pieces.map(({ text, type }) => [text, type]),
      expected.pieces.map(({ text, type }) => [text, type]),
    );
    assert.ok(found.pieces.some(({ type }) => type === 'byte'));
  });

  it('reads slices that equal the same part of a tensor', async () => {
    for (const name of ['transformer.layers.1.self_attn.in_proj_weight', 'emb.3.weight', 'text_emb.weight']) {
      const all = await whole.readTensor(name);
      const half = all.length / 2;
      for (const [from, to] of [
        [256, half + 130],
        [half - 2, half + 2],
        [half + 6, all.length],
      ] as const)
        assert.deepEqual(await whole.readTensorSlice(name, from, to - from), all.slice(from, to), `${name} ${from}`);
    }
  });

  it('opens in shards, and with the newer file of the processor', async () => {
    await assertSame(await openFiles(await sharded()), whole);
    const { 'preprocessor_config.json': extractor } = await filesWith({});
    const processor = `{"feature_extractor": ${new TextDecoder().decode(extractor)}}`;
    const newer = {
      'preprocessor_config.json': undefined,
      'processor_config.json': new TextEncoder().encode(processor),
    };
    await assertSame(await openWith(newer), whole);
  });

  it('reads a RoPE period where older versions of the library wrote it', async () => {
    const { 'config.json': config } = await filesWith({});
    const older = editJson(config!, { rope_parameters: undefined, rope_theta: 12_345 });
    assert.equal((await openWith({ 'config.json': older })).config.lm.maxPeriod, 12_345);
  });

  it('converts to a GGUF that opens as the same model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'transformers-'));
    try {
      const output = join(folder, 'tiny.gguf');
      await convert({ input: FOLDER, output, type: 'f32' });
      const gguf = await openModelFromPath(output);
      assert.deepEqual(gguf.config, whole.config);
      assert.deepEqual(gguf.tokenizer, whole.tokenizer);
      for (const name of whole.tensors.keys())
        assert.deepEqual(await gguf.readTensorF32(name), await whole.readTensorF32(name), name);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('lists the files that a mirror has to serve', async () => {
    const files = await filesOfModel([FOLDER]);
    assert.deepEqual(files.map(({ path }) => path.slice(FOLDER.length)).sort(), [...FILES]);
  });

  it('names what it cannot run, and files that are missing or broken', async () => {
    const { 'config.json': config, 'tokenizer.json': tokenizer } = await filesWith({});
    const withConfig = (changes: Record<string, unknown>): Promise<Model> =>
      openWith({ 'config.json': editJson(config!, changes) });
    await assert.rejects(withConfig({ rms_norm_eps: 1e-5 }), /config\.json: rms_norm_eps is 0\.00001, expected 1e-8/);
    await assert.rejects(withConfig({ num_key_value_heads: 2 }), /num_key_value_heads is 2, expected 4/);
    await assert.rejects(
      withConfig({ model_type: 'moshi' }),
      /model_type is "moshi", expected "kyutai_speech_to_text"/,
    );
    await assert.rejects(withConfig({ codebook_vocab_size: 65 }), { code: 'model-mismatch' });
    await assert.rejects(withConfig({ num_codebooks: 5 }), /emb\.4\.weight is \[1, 64\], expected \[33, 64\]/);
    await assert.rejects(openWith({ 'preprocessor_config.json': undefined }), /preprocessor_config\.json: 404/);
    const silent = new TextEncoder().encode('{}');
    await assert.rejects(openWith({ 'preprocessor_config.json': silent }), /audio_delay_seconds is missing/);
    await assert.rejects(openWith({ 'model.safetensors': undefined }), /model\.safetensors: 404/);
    const wordLevel = editJson(tokenizer!, { model: { type: 'WordLevel' }, added_tokens: null });
    await assert.rejects(openWith({ 'tokenizer.json': wordLevel }), {
      code: 'tokenizer-invalid',
      message: /tokenizer\.json: model\.type is WordLevel, expected Unigram or BPE/,
    });
    await assert.rejects(openWith({ 'tokenizer.json': silent }), { code: 'tokenizer-invalid' });
  });
});

describe('a checkpoint of the transformers library on a server', () => {
  let hub: Hub;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());

  const put = (at: string, files: Replacements): void => {
    for (const [name, bytes] of Object.entries(files)) hub.put(`${at}/${name}`, bytes);
  };

  it('opens by the URL of its folder, once installed without a request', async () => {
    put('folder', await filesWith({}));
    const store = memoryStore('a test');
    const model = await openModelFromUrl({ url: hub.url('folder') }, { store });
    await assertSame(model, await openModelFromPath(FOLDER));
    const { length } = hub.requests;
    await openModelFromUrl({ url: hub.url('folder') }, { store });
    assert.equal(hub.requests.length, length);
  });

  it('opens in shards by the URL of its folder, once installed without a request', async () => {
    put('shards', await sharded());
    const store = memoryStore('a test');
    await assertSame(await openModelFromUrl({ url: hub.url('shards') }, { store }), await openModelFromPath(FOLDER));
    const { length } = hub.requests;
    await openModelFromUrl({ url: hub.url('shards') }, { store });
    assert.equal(hub.requests.length, length);
  });

  it('opens as a repository of a hub', async () => {
    const origin = `${new URL(hub.url('x')).origin}/`;
    const names = await readdir(FOLDER);
    const listing = { sha: 'c0ffee', siblings: names.map((rfilename) => ({ rfilename })) };
    hub.put('api/models/kyutai/tiny-trfs/revision/main', Buffer.from(JSON.stringify(listing)));
    for (const name of names) hub.put(`kyutai/tiny-trfs/resolve/c0ffee/${name}`, await readFile(join(FOLDER, name)));
    const model = await openModelFromUrl({ hub: origin, repo: 'kyutai/tiny-trfs', revision: 'main' });
    await assertSame(model, await openModelFromPath(FOLDER));
  });
});
