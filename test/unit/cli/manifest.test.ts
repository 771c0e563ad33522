/** Tests that the page's parser accepts the output of `kyutai-stt manifest` for every layout of a model. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { manifestCommand } from '../../../src/cli/manifest.js';
import { filesOfModel } from '../../../src/cli/model-files.js';
import { parseManifest, type Manifest } from '../../../src/download/manifest.js';
import { manifestFileSet } from '../../../src/model/locate/file-set.js';

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const DEMO = at('models/demo-en_fr-q4_0.gguf');
const OFFICIAL = at('test/fixtures/demo');
/** A GGUF with only the language model, as the public one, and its companions. */
const ALONE = at('test/fixtures/case-a/alt/model-q4.gguf');
const CODEC = at('test/fixtures/case-a/alt/mimi-encoder-f16.safetensors');
const TOKENIZER = at('test/fixtures/case-a/tokenizer_case.model');
const CODEC_CONFIG = at('test/fixtures/case-a/mimi_config.json');

/** An official checkpoint that has pause heads. */
const HEADS = at('test/fixtures/case-a/model.safetensors');

const URL_OF_MANIFEST = 'https://mirror.example/stt/manifest.json';

describe('kyutai-stt manifest', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manifest-'));
  });
  after(() => rm(folder, { recursive: true }));

  let made = 0;
  /** Runs the command, and parses its output as a page does. */
  async function written(...argv: string[]): Promise<{ text: string; manifest: Manifest; output: string }> {
    const output = join(folder, `${(made += 1)}`, 'manifest.json');
    await mkdir(join(output, '..'));
    assert.equal(await manifestCommand([...argv, '-o', output]), 0);
    const text = await readFile(output, 'utf8');
    return { text, manifest: parseManifest(URL_OF_MANIFEST, text), output };
  }

  it('writes the size and hash of every chunk of a GGUF', async () => {
    const chunkBytes = 3_000_000;
    const { manifest } = await written(DEMO, '--chunk-bytes', `${chunkBytes}`);
    const bytes = await readFile(DEMO);
    const [file, ...others] = manifest.files;
    assert.deepEqual(others, []);
    assert.equal(file?.bytes, bytes.length);
    assert.equal(file.chunkBytes, chunkBytes);
    const hashes = [0, 1, 2].map((i) =>
      createHash('sha256')
        .update(bytes.subarray(i * chunkBytes, (i + 1) * chunkBytes))
        .digest('hex'),
    );
    assert.deepEqual(file.sha256, hashes);
    assert.deepEqual(manifest.layout, { gguf: ['demo-en_fr-q4_0.gguf'] });
    assert.equal(manifest.name, 'demo-en_fr-q4_0');
    assert.equal(manifestFileSet(manifest).layout, 'single');
  });

  it('lists the files that a config.json names, and no other of its folder', async () => {
    // Beside the manifest, as on a mirror: a page takes files that lie elsewhere by their own address.
    const output = join(folder, 'official', 'manifest.json');
    await cp(OFFICIAL, join(output, '..'), { recursive: true });
    assert.equal(await manifestCommand([join(output, '..'), '-o', output, '--name', 'demo']), 0);
    const manifest = parseManifest(URL_OF_MANIFEST, await readFile(output, 'utf8'));
    assert.deepEqual(
      manifest.files.map(({ name }) => name),
      [
        'config.json',
        'model.safetensors',
        'mimi-tiny.safetensors',
        'tokenizer_tiny_en_fr_256.model',
        'mimi_config.json',
      ],
    );
    assert.deepEqual(manifest.layout, { config: ['config.json'] });
    const plan = manifestFileSet(manifest);
    assert.equal(plan.layout, 'official');
    assert.equal(plan.beside('model.safetensors').url, 'https://mirror.example/stt/model.safetensors');
  });

  it('lists codec and tokenizer of a GGUF with only the language model, from arguments or from its folder', async () => {
    const layout = {
      gguf: ['model-q4.gguf'],
      mimi: ['mimi-encoder-f16.safetensors'],
      tokenizer: ['tokenizer_case.model'],
      'mimi-config': ['mimi_config.json'],
    };
    const named = await written(ALONE, CODEC, TOKENIZER, CODEC_CONFIG);
    assert.deepEqual(named.manifest.layout, layout);
    assert.equal(manifestFileSet(named.manifest).layout, 'triple');
    const together = join(folder, 'together');
    await mkdir(together);
    for (const path of [ALONE, CODEC, TOKENIZER, CODEC_CONFIG]) await copyFile(path, join(together, basename(path)));
    for (const path of [together, join(together, 'model-q4.gguf')]) {
      const { manifest } = await written(path);
      assert.deepEqual(manifest.layout, layout);
      assert.deepEqual(
        manifest.files.map(({ sha256 }) => sha256),
        named.manifest.files.map(({ sha256 }) => sha256),
      );
    }
  });

  it('lists the file with the pause heads of a GGUF with only the language model, if there is one', async () => {
    const { manifest } = await written(ALONE, CODEC, TOKENIZER, CODEC_CONFIG, HEADS);
    assert.deepEqual(manifest.layout?.['pause-heads'], ['model.safetensors']);
    const plan = manifestFileSet(manifest);
    const heads = plan.layout === 'triple' ? plan.pauseHeads : [];
    assert.deepEqual(
      heads.map(({ url, sparse }) => [basename(url), sparse]),
      [['model.safetensors', true]],
    );
    const together = join(folder, 'with heads');
    await mkdir(together);
    for (const path of [ALONE, CODEC, TOKENIZER, CODEC_CONFIG]) await copyFile(path, join(together, basename(path)));
    await copyFile(HEADS, join(together, 'the-pause-heads.safetensors'));
    assert.deepEqual((await written(together)).manifest.layout?.['pause-heads'], ['the-pause-heads.safetensors']);
    const none = join(folder, 'none.safetensors');
    await copyFile(CODEC, none);
    await assert.rejects(filesOfModel([ALONE, CODEC, TOKENIZER, CODEC_CONFIG, none]), /extra_heads\.0\.weight/);
  });

  it('names files relative to where the manifest is', async () => {
    const { text } = await written(DEMO);
    const { files } = JSON.parse(text) as { files: [{ url: string }] };
    const output = join(folder, `${made}`, 'manifest.json');
    // Not through the page's reader: the folders of this machine lead above the root of a URL.
    assert.equal(fileURLToPath(new URL(files[0].url, new URL(`file://${output}`))), DEMO);
    const beside = join(folder, 'a model #1.gguf');
    await copyFile(DEMO, beside);
    await manifestCommand([beside, '-o', join(folder, 'beside.json')]);
    const [file] = parseManifest(URL_OF_MANIFEST, await readFile(join(folder, 'beside.json'), 'utf8')).files;
    assert.equal(file?.url, 'https://mirror.example/stt/a%20model%20%231.gguf');
  });

  it('is deterministic', async () => {
    assert.equal((await written(OFFICIAL)).text, (await written(OFFICIAL)).text);
  });

  it('does not replace an existing file without --force', async () => {
    const { output } = await written(DEMO);
    await assert.rejects(manifestCommand([DEMO, '-o', output]), /use --force to replace it/);
    assert.equal(await manifestCommand([DEMO, '-o', output, '--force', '--name', 'another']), 0);
    assert.equal(parseManifest(URL_OF_MANIFEST, await readFile(output, 'utf8')).name, 'another');
  });

  it('rejects a model that would not load', async () => {
    const cut = join(folder, 'cut.gguf');
    await writeFile(cut, (await readFile(DEMO)).subarray(0, 4_000_000));
    await assert.rejects(filesOfModel([cut]), { code: 'model-invalid' });
    await assert.rejects(filesOfModel([ALONE]), /no tokenizer/);
    const shard = join(folder, 'model-00001-of-00002.gguf');
    await copyFile(DEMO, shard);
    await assert.rejects(filesOfModel([shard]), /model-00002-of-00002\.gguf/);
  });

  it('explains wrong arguments', async () => {
    await assert.rejects(manifestCommand([]), /found no model/);
    await assert.rejects(manifestCommand([DEMO, '--chunk-bytes', '0']), /--chunk-bytes is 0, expected/);
    await assert.rejects(manifestCommand([DEMO, TOKENIZER]), /is not needed/);
    await assert.rejects(manifestCommand([at('test/fixtures')]), /neither a config\.json nor a \.gguf/);
    await assert.rejects(manifestCommand([OFFICIAL, DEMO]), /expected the folder only/);
  });
});
