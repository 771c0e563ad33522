/** `kyutai-stt publish`: a folder that a page and the command open, with a card that says what was measured. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { memoryStore } from '../../../src/download/memory-store.js';
import { openModelFromUrl } from '../../../src/model/open-model-url.js';
import { startHub } from '../../hub/hub.js';
import { command } from './command.js';

const CHECKPOINT = 'test/fixtures/demo';
const DEMO = 'models/demo-en_fr-q4_0.gguf';
const CLIP = 'test/fixtures/clips/en_espeak_0.wav';
const ABOUT = ['--repo', 'me/tiny-q4_0', '--base-model', 'kyutai/stt-1b-en_fr'];

describe('kyutai-stt publish', () => {
  const kyutaiStt = command();
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'publish-'));
  });
  after(() => rm(root, { recursive: true }));

  it('converts a checkpoint, verifies it, and writes a manifest and a card for the hub', async () => {
    const folder = join(root, 'whole');
    const rounding = ['--type', 'q4_0', '--scales', 'largest'];
    const { status, out, err } = await kyutaiStt('publish', CHECKPOINT, folder, ...ABOUT, ...rounding);
    assert.equal(status, 0, err);
    assert.equal(out, `${folder}: tiny-q4_0.gguf, manifest.json, README.md\n`);
    assert.deepEqual((await readdir(folder)).sort(), ['README.md', 'manifest.json', 'tiny-q4_0.gguf']);
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    assert.match(
      card,
      /^---\nlicense: cc-by-4\.0\nbase_model: kyutai\/stt-1b-en_fr\nbase_model_relation: quantized\nlanguage:\n {2}- en\n {2}- fr\npipeline_tag: automatic-speech-recognition\n/,
    );
    const { size } = await stat(join(folder, 'tiny-q4_0.gguf'));
    assert.ok(card.includes(`| \`tiny-q4_0.gguf\` | ${size} |`), card);
    assert.match(card, /npx kyutai-stt convert stt-1b-en_fr tiny-q4_0\.gguf --type q4_0 --scales largest\n/);
    assert.match(card, /1536 of 1536 \(100\.0 %\) codes equal[^]*Verification passed\./);
    assert.doesNotMatch(card, /Word error rate\n/, 'no evaluation was given');

    const hub = await startHub();
    try {
      for (const name of await readdir(folder)) hub.put(name, await readFile(join(folder, name)));
      const model = await openModelFromUrl({ url: hub.url('manifest.json') }, { store: memoryStore('a test') });
      assert.equal(model.config.lm.dim, 256);
    } finally {
      await hub.close();
    }
  });

  it('copies a GGUF, and puts the rates of these weights into the card', async () => {
    const set = join(root, 'set');
    await mkdir(set);
    await copyFile(CLIP, join(set, 'a.wav'));
    await writeFile(join(set, 'a.txt'), 'press the red button');
    const saved = await kyutaiStt('eval', set, '--backend', 'wasm', '--json');
    assert.equal(saved.status, 0, saved.err);
    const rates = join(root, 'rates.json');
    await writeFile(rates, saved.out);
    const folder = join(root, 'copied');
    const args = [...ABOUT, '--no-verify', '--eval', rates, '--license', 'mit', '--language', 'en'];
    const { status, err } = await kyutaiStt('publish', DEMO, folder, ...args);
    assert.equal(status, 0, err);
    assert.deepEqual(await readFile(join(folder, 'demo-en_fr-q4_0.gguf')), await readFile(DEMO));
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    const { wer } = JSON.parse(saved.out) as { wer: number };
    assert.ok(card.includes(`| set | 1 | 4 | ${(100 * wer).toFixed(2)} % |`), card);
    assert.match(card, /license: mit\n[^]*language:\n {2}- en\npipeline_tag/);
    assert.match(card, /from a file that was converted before/);
    assert.doesNotMatch(card, /## Verification/);

    // In its own folder a GGUF is not copied again; what is there is only replaced when asked.
    const own = join(folder, 'demo-en_fr-q4_0.gguf');
    const again = await kyutaiStt('publish', own, folder, ...args);
    assert.equal(again.status, 2);
    assert.match(again.err, /manifest\.json exists; use --force to replace it/);
    assert.equal((await kyutaiStt('publish', own, folder, ...args, '--force')).status, 0);

    // The rates of other weights are refused.
    const other = join(root, 'other.json');
    await writeFile(other, saved.out.replace(/"fingerprint": "[0-9a-f]+"/, '"fingerprint": "0123456789abcdef"'));
    const refused = await kyutaiStt('publish', own, folder, ...ABOUT, '--force', '--no-verify', '--eval', other);
    assert.equal(refused.status, 2);
    assert.match(
      refused.err,
      /other\.json: found an evaluation of .* with weights 0123456789abcdef, expected these weights/,
    );
  });

  it('ends with exit code 1 where the verification fails, and the card shows it', async () => {
    const reference = JSON.parse(await readFile('reference/demo.json', 'utf8')) as { tokens: number[]; audio: string };
    const wrong = join(root, 'wrong.json');
    const audio = join(process.cwd(), 'reference', reference.audio);
    await writeFile(wrong, JSON.stringify({ ...reference, audio, tokens: reference.tokens.map(() => 3) }));
    const folder = join(root, 'failed');
    const { status, out } = await kyutaiStt('publish', DEMO, folder, ...ABOUT, '--reference', wrong);
    assert.equal(status, 1);
    assert.match(out, /The verification failed; README\.md shows the failed checks\.\n$/);
    assert.match(await readFile(join(folder, 'README.md'), 'utf8'), /FAIL {2}CPU: tokens/);
  });

  it('refuses what it can before any work, with exit code 2', async () => {
    const folder = join(root, 'none');
    const cases: [string[], RegExp][] = [
      [[DEMO], /found 1 paths, expected a model and an output folder/],
      [[DEMO, folder, '--base-model', 'kyutai/stt-1b-en_fr'], /--repo is missing, expected OWNER\/NAME/],
      [[DEMO, folder, '--repo', 'tiny', '--base-model', 'a/b-en'], /--repo is tiny, expected OWNER\/NAME/],
      [
        [DEMO, folder, '--repo', 'a/tiny', '--base-model', 'a/model'],
        /--language is missing: a\/model does not end with/,
      ],
      [[CHECKPOINT, folder, ...ABOUT], /--type is .*, expected/],
      [[DEMO, folder, ...ABOUT, '--type', 'q8_0'], /found --type with models\/demo.*; expected it with a folder/],
      [[DEMO, folder, ...ABOUT, '--keep', 'emb.*=q8_0'], /found --keep with models\/demo/],
      [['none.gguf', folder, ...ABOUT], /none\.gguf: ENOENT/],
    ];
    for (const [args, message] of cases) {
      const { status, out, err } = await kyutaiStt('publish', ...args);
      assert.deepEqual([status, out], [2, ''], err);
      assert.match(err, message);
    }
    await assert.rejects(stat(folder), { code: 'ENOENT' });
  });
});
