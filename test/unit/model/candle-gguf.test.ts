/** Tests that candle's GGUFs open: official names, no metadata, the numbers in the config.json beside them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { convert } from '../../../src/cli/convert.js';
import { filesOfModel } from '../../../src/cli/model-files.js';
import { openModelFromPath } from '../../../src/cli/open-model-from-path.js';
import { inventedTokenizer } from '../../../src/cli/random-model/tokenizer.js';
import { makeManifest } from '../../../src/cli/manifest.js';
import { loadWasmLm, type WasmLmOptions } from '../../../src/lm/wasm/wasm-lm.js';
import { readGguf } from '../../../src/model/gguf.js';
import { nodeFileSource } from '../../../src/cli/node-file-source.js';
import { configJson } from '../../../src/model/gguf-config.js';
import type { Model } from '../../../src/model/model.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { createWasmHost } from '../../../src/wasm/host.js';
import { readGolden, type Golden } from '../conformance/golden.js';
import { startHub, type Hub } from '../../hub/hub.js';
import { bytesOf, editHeader, FIXTURES } from './crafted-files.js';

const CANDLE = new URL('candle/', FIXTURES);
const Q80 = 'model-q80.gguf';
const Q4K = 'model-q4k.gguf';
const CODEC = 'mimi-pytorch-e351c8d8@125.safetensors';
const TOKENIZER = 'tokenizer_en_fr_audio_8000.model';
const FORMATS = [
  { name: Q80, label: 'q80' },
  { name: Q4K, label: 'q4k' },
] as const;

/** The files of a repository with both GGUFs, and those that the folder of a test has. */
async function repository(): Promise<ReadonlyMap<string, Uint8Array>> {
  const whole = await openModelFromPath(fileURLToPath(new URL('transformers/', FIXTURES)));
  const codec = editHeader(await bytesOf(new URL('transformers/model.safetensors', FIXTURES)), (header) => {
    for (const [name, entry] of [...header]) {
      header.delete(name);
      if (name.startsWith('codec_model.')) header.set(name.slice('codec_model.'.length), entry);
    }
  });
  return new Map<string, Uint8Array>([
    ['config.json', await bytesOf(new URL('config.json', CANDLE))],
    [Q80, await bytesOf(new URL(Q80, CANDLE))],
    [Q4K, await bytesOf(new URL(Q4K, CANDLE))],
    [CODEC, codec],
    ['mimi_config.json', new TextEncoder().encode(JSON.stringify(configJson(whole.config).mimi))],
    [TOKENIZER, inventedTokenizer(64)],
  ]);
}

async function run(model: Model, codes: ArrayLike<number>, options: WasmLmOptions): Promise<[number[], number[]]> {
  const lm = await loadWasmLm(await createWasmHost({ build: 'simd' }), model, options);
  const { nQ } = lm.config;
  const [text, logits]: [number[], number[]] = [[], []];
  const stream = lm.open(({ token }) => text.push(token));
  for (let t = -1; t < codes.length / nQ; t++) {
    stream.push(t < 0 ? null : Uint32Array.from({ length: nQ }, (_, q) => codes[t * nQ + q]!));
    lm.flush();
    logits.push(...stream.logits);
  }
  return [text, logits];
}

function rmsError(found: readonly number[], expected: ArrayLike<number>): number {
  assert.equal(found.length, expected.length);
  return Math.sqrt(found.reduce((sum, x, i) => sum + (x - expected[i]!) ** 2, 0) / found.length);
}

describe("candle's GGUF", () => {
  let folder: string;
  let golden: Golden;
  let codes: ArrayLike<number>;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candle-'));
    for (const [name, bytes] of await repository()) await writeFile(join(folder, name), bytes);
    golden = await readGolden(new URL('expected.safetensors', CANDLE));
    codes = (await readGolden(new URL('transformers/expected.safetensors', FIXTURES)))('codes');
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await rm(`${folder}.gguf`);
  });

  for (const { name, label } of FORMATS) {
    it(`gives the tokens of the same weights in transformers: ${name}`, async () => {
      const model = await openModelFromPath(join(folder, name));
      const [exactText, exact] = await run(model, codes, { exact: true });
      assert.deepEqual(exactText, Array.from(golden(`${label}_text`)));
      // Q4_K is rounded once more, to Q8_0. The logits are 3.1 rms.
      assert.ok(rmsError(exact, golden(`${label}_logits`)) < (label === 'q80' ? 1e-4 : 0.05));
      const [text, rounded] = await run(model, codes, {});
      assert.ok(rmsError(rounded, golden(`${label}_logits`)) < 0.15); // int8 activations, as with Q8_0 in case A
      assert.deepEqual(text, Array.from(golden(`${label}_text`)));
    });
  }

  it('takes its numbers, delay and prefix from config.json', async () => {
    const { config } = await openModelFromPath(join(folder, Q80));
    assert.deepEqual(config.lm, {
      ...{ dim: 256, numLayers: 1, numHeads: 4, hidden: 256, nQ: 4, card: 32, textCard: 64, context: 24 },
      ...{ maxPeriod: 100_000, paddingToken: 3, endOfPaddingToken: 0, pauseHeads: 0, pauseClasses: 0 },
      ...{ audioDelaySeconds: 0.75, silencePrefixSeconds: 0.25 },
    });
  });

  it('reads slices of Q4_K that equal the same part of the tensor', async () => {
    const model = await openModelFromPath(join(folder, Q4K));
    const name = 'transformer.layers.0.gating.linear_in.weight';
    const all = await model.readTensor(name);
    assert.equal(model.tensors.get(name)?.type, 'q8_0');
    assert.equal(all.length, 512 * 256 * (34 / 32));
    for (const [from, to] of [
      [34, 68],
      [34 * 7, 34 * 9],
      [all.length - 34, all.length],
    ] as const)
      assert.deepEqual(await model.readTensorSlice(name, from, to - from), all.slice(from, to));
  });

  it('refuses a superblock whose scale or minimum is not finite', async () => {
    const name = 'transformer.layers.0.self_attn.out_proj.weight';
    const path = join(folder, Q4K);
    const whole = await readFile(path);
    const { tensors } = await readGguf(await nodeFileSource(path));
    for (const at of [0, 2]) {
      const damaged = Uint8Array.from(whole);
      new DataView(damaged.buffer).setUint16(tensors.get(name)!.offset + 144 * 5 + at, 0x7c00, true); // infinity
      await writeFile(path, damaged);
      const model = await openModelFromPath(path);
      await assert.rejects(model.readTensor(name), /out_proj\.weight holds NaN or infinity at element 1280/);
    }
    await writeFile(path, whole);
  });

  it('opens the Q8_0 file of a folder with both, and lists its files', async () => {
    const model = await openModelFromPath(folder);
    assert.equal(model.name, Q80);
    const files = await filesOfModel([folder]);
    assert.deepEqual(
      files.map(({ role, path }) => [role, path.slice(folder.length + 1)]),
      [
        ['gguf', Q80],
        ['mimi', CODEC],
        ['tokenizer', TOKENIZER],
        ['mimi-config', 'mimi_config.json'],
        ['config', 'config.json'],
      ],
    );
  });

  it('converts to one file with the tokens of the GGUF', async () => {
    const output = `${folder}.gguf`;
    await convert({ input: folder, output, type: 'q8_0' });
    const model = await openModelFromPath(output);
    assert.equal(model.config.lm.audioDelaySeconds, 0.75);
    const [text] = await run(model, codes, { exact: true });
    assert.deepEqual(text, Array.from(golden('q80_text')));
  });

  it('says what is missing beside the GGUF', async () => {
    const bare = await mkdtemp(join(tmpdir(), 'candle-'));
    try {
      for (const name of await readdir(folder))
        if (name !== 'config.json') await writeFile(join(bare, name), await readFile(join(folder, name)));
      await assert.rejects(openModelFromPath(join(bare, Q80)), {
        code: 'model-mismatch',
        message: /model-q80\.gguf: holds no config; the config\.json of its repository is needed too/,
      });
    } finally {
      await rm(bare, { recursive: true });
    }
  });
});

describe("candle's GGUF on a server", () => {
  let hub: Hub;
  before(async () => {
    hub = await startHub();
  });
  after(() => hub.close());

  it('opens as a repository of a hub: the Q8_0 file, and nothing of the Q4_K one', async () => {
    const files = await repository();
    const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
    hub.put('api/models/a/quantized/revision/main', Buffer.from(JSON.stringify({ sha: 'c0ffee', siblings })));
    for (const [name, bytes] of files) hub.put(`a/quantized/resolve/c0ffee/${name}`, bytes);
    const origin = `${new URL(hub.url('x')).origin}/`;
    const model = await openModelFromUrl({ hub: origin, repo: 'a/quantized', revision: 'main' });
    assert.equal(model.config.lm.audioDelaySeconds, 0.75);
    assert.equal(model.tensors.get('text_linear.weight')?.type, 'q8_0');
    assert.ok(hub.requests.every(({ name }) => !name.endsWith(Q4K)));
  });

  for (const [where, folder, open] of [
    ['a folder', 'plain/', (origin: string) => openModelFromUrl({ url: `${origin}plain/` })],
    [
      'a mirror without a listing',
      'b/quantized/resolve/main/',
      (origin: string) => openModelFromUrl({ hub: origin, repo: 'b/quantized', revision: 'main' }),
    ],
  ] as const) {
    it(`opens from ${where}, without a list of its files`, async () => {
      for (const [name, bytes] of await repository()) hub.put(folder + name, bytes);
      const model = await open(`${new URL(hub.url('x')).origin}/`);
      assert.equal(model.name, Q80);
      assert.equal(model.config.lm.audioDelaySeconds, 0.75);
    });
  }

  it('opens a folder whose config.json names the GGUF', async () => {
    const files = await repository();
    const config = JSON.parse(Buffer.from(files.get('config.json')!).toString()) as Record<string, unknown>;
    for (const [name, bytes] of files) hub.put(`named/${name}`, bytes);
    hub.put('named/config.json', Buffer.from(JSON.stringify({ ...config, moshi_name: Q4K })));
    assert.equal((await openModelFromUrl({ url: new URL('named/', hub.url('x')).href })).name, Q4K);
  });

  it('opens by a manifest that gives its config a role', async () => {
    const files = await repository();
    const folder = await mkdtemp(join(tmpdir(), 'candle-'));
    try {
      for (const [name, bytes] of files) {
        await writeFile(join(folder, name), bytes);
        hub.put(name, bytes);
      }
      const manifest = await makeManifest(await filesOfModel([folder]), { name: 'quantized' });
      hub.put('manifest.json', Buffer.from(JSON.stringify(manifest)));
      const model = await openModelFromUrl({ url: hub.url('manifest.json') });
      assert.equal(model.config.lm.silencePrefixSeconds, 0.25);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
