/** Runs the commands of docs/model-artifact.md on the demo model's checkpoint, in their order. */
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { command } from './command.js';

const CLIPS = 'test/fixtures/clips';
/** `npx kyutai-stt` is this tree's command: `$0` is Node and `$1` the script. */
const SHIM = `mkdir "$FOLDER/bin" && printf '#!/bin/sh\\nshift\\nexec "%s" "%s" "$@"\\n' "$0" "$1" > "$FOLDER/bin/npx" &&
chmod +x "$FOLDER/bin/npx" && cd "$FOLDER" && PATH="$FOLDER/bin:$PATH" && set -ex
`;

describe('docs/model-artifact.md', () => {
  const kyutaiStt = command();
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'artifact-'));
    // What a reader has by then: the checkpoint, recordings to calibrate on, and a test set.
    await symlink(resolve('test/fixtures/demo'), join(folder, 'stt-1b-en_fr'));
    await mkdir(join(folder, 'speech'));
    await copyFile(`${CLIPS}/en_espeak_0.wav`, join(folder, 'speech/en.wav'));
    await copyFile(`${CLIPS}/fr_human_seen.wav`, join(folder, 'speech/fr.wav'));
    await mkdir(join(folder, 'test-set'));
    await copyFile(`${CLIPS}/en_human_goforward.wav`, join(folder, 'test-set/a.wav'));
    await writeFile(join(folder, 'test-set/a.txt'), 'go forward ten meters');
  });
  after(() => rm(folder, { recursive: true }));

  it('leads from a checkpoint to a folder that can be uploaded', async () => {
    const page = await readFile('docs/model-artifact.md', 'utf8');
    const lines = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].flatMap(([, block = '']) => block.trim().split('\n'));
    const local = lines.filter((line) => line.startsWith('npx kyutai-stt '));
    const network = lines.filter((line) => !local.includes(line));
    assert.deepEqual(
      network.map((line) => /^hf (download|upload) /.exec(line)?.[1]),
      ['download', 'upload'],
      'only these two need a network',
    );
    const { status, out, err } = await kyutaiStt.inShell(SHIM + local.join('\n'), { FOLDER: folder });
    assert.equal(status, 0, err);
    assert.match(out, /Verification passed\.[^]*Verification passed\./);
    const clips = JSON.parse(await readFile(`${CLIPS}/index.json`, 'utf8')) as { name: string; reference: string }[];
    const { reference } = clips.find(({ name }) => name === 'en_espeak_0') ?? { reference: 'no such clip' };
    assert.equal(out.trim().split('\n').at(-1), reference);
    assert.deepEqual((await readdir(join(folder, 'upload'))).sort(), [
      'README.md',
      'manifest.json',
      'stt-1b-en_fr-q4_0.gguf',
    ]);
    const card = await readFile(join(folder, 'upload/README.md'), 'utf8');
    assert.match(card, /## How it was made\n\nRounded by kyutai-stt convert --type q4_0, calibrated/);
    assert.match(card, /\| test-set \| 1 \| 4 \| 0\.00 % \|/);
    // The page in the document loads the manifest that was written.
    assert.ok(page.includes('/me/stt-1b-en_fr-q4_0/resolve/main/manifest.json"'));
    assert.ok(card.includes('https://huggingface.co/me/stt-1b-en_fr-q4_0/resolve/main/manifest.json'));
  });
});
