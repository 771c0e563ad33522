/** The command with --out-dir: a file for each recording and form, and runs that continue earlier ones. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { command } from '../command.js';

const path = (relative: string): string => fileURLToPath(new URL(`../../../../${relative}`, import.meta.url));
const SPEECH = path('test/fixtures/speech-formats/speech.opus');
const SILENCE = path('test/fixtures/clips/silence_3s.wav');
const TEXT = 'two two light number';

const kyutaiStt = command();

describe('kyutai-stt transcribe --out-dir', () => {
  let root = '';
  let out = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'kyutai-stt-'));
    out = join(root, 'out');
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Makes recordings below the folder `archive`, and resolves with its path. */
  async function archive(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = join(root, 'archive');
    for (const [name, source] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await copyFile(source, join(folder, name));
    }
    return folder;
  }

  const transcribe = (...args: readonly string[]): ReturnType<typeof kyutaiStt> =>
    kyutaiStt('transcribe', ...args, '--out-dir', out);
  const written = async (): Promise<string[]> =>
    (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
      .sort();
  const read = (name: string): Promise<string> => readFile(join(out, name), 'utf8');

  it('writes each form beside the others, in the tree of the recordings', async () => {
    const folder = await archive({ 'talk.opus': SPEECH, '2024/05/quiet.wav': SILENCE });
    const { status, out: printed, err } = await transcribe(folder, '--txt', '--vtt', '--srt', '--json', '--md');
    // Nothing but errors is written to a standard error that is no terminal.
    assert.deepEqual([status, err], [0, '']);
    const forms = ['json', 'md', 'srt', 'txt', 'vtt'];
    const expected = ['2024/05/quiet', 'talk'].flatMap((name) => forms.map((form) => `${name}.${form}`));
    assert.deepEqual(await written(), expected);
    assert.deepEqual(
      printed.trim().split('\n').sort(),
      expected.map((name) => join(out, name)),
    );
    assert.equal(await read('talk.txt'), `${TEXT}\n`);
    assert.equal(await read('talk.md'), `# talk.opus\n\n**0:00** ${TEXT}\n`);
    assert.match(await read('talk.vtt'), /^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\ntwo two light number\n$/);
    assert.match(await read('talk.srt'), /^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\ntwo two light number\n$/);
    const json = JSON.parse(await read('talk.json')) as {
      readonly file: string;
      readonly text: string;
      readonly words: readonly { readonly text: string; readonly start: number; readonly end: number }[];
      readonly metrics: { readonly audioSeconds: number };
    };
    assert.deepEqual([json.file, json.text], [join(folder, 'talk.opus'), TEXT]);
    assert.deepEqual(
      json.words.map(({ text }) => text),
      TEXT.split(' '),
    );
    assert.ok(json.words.every(({ start, end }) => start < end) && json.metrics.audioSeconds > 1);
    assert.deepEqual([await read('2024/05/quiet.txt'), await read('2024/05/quiet.vtt')], ['', 'WEBVTT\n']);
  });

  it('skips what is finished, even without a model, until --force', async () => {
    const folder = await archive({ 'a.opus': SPEECH, 'b.wav': SILENCE });
    assert.equal((await transcribe(folder)).status, 0);
    // As a person corrects it; the other is empty, because nothing was said.
    await writeFile(join(out, 'a.txt'), 'To two light numbers.\n');
    const again = await transcribe(folder, '--model', join(root, 'no-model.gguf'));
    assert.deepEqual([again.status, again.out], [0, '']);
    assert.match(again.err, /^kyutai-stt transcribe: 2 recordings finished by an earlier run; use --force .*\n$/);
    // Another form is added, and the corrected file stays.
    await transcribe(folder, '--txt', '--vtt');
    assert.deepEqual(await written(), ['a.txt', 'a.vtt', 'b.txt', 'b.vtt']);
    assert.equal(await read('a.txt'), 'To two light numbers.\n');
    assert.equal((await transcribe(folder, '--force')).out, `${join(out, 'a.txt')}\n${join(out, 'b.txt')}\n`);
    assert.equal(await read('a.txt'), `${TEXT}\n`);
  });

  it('continues after it was killed', async () => {
    const folder = await archive({ 'a.opus': SPEECH, 'b.opus': SPEECH });
    // The second input never ends, so the command is killed in the middle of it.
    const child = kyutaiStt.start('transcribe', join(folder, 'a.opus'), '-', folder, '--out-dir', out);
    await once(child.stdout, 'data');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(await written(), ['a.txt']);
    // What a run leaves that is killed, or loses its machine, while it writes.
    await writeFile(join(out, 'b.txt.123.partial'), 'two two');
    await writeFile(join(out, '.0b0e.partial'), 'two two');
    const { status, out: printed } = await transcribe(folder);
    assert.deepEqual([status, printed], [0, `${join(out, 'b.txt')}\n`]);
    assert.equal(await read('b.txt'), `${TEXT}\n`);
  });

  it('reports a bad file, does the rest, and tries the bad one again', async () => {
    const folder = await archive({ 'a.wav': path('package.json'), 'b.opus': SPEECH });
    for (const expected of [`${join(out, 'b.txt')}\n`, '']) {
      const { status, out: printed, err } = await transcribe(folder, join(root, 'missing.wav'));
      assert.deepEqual([status, printed], [1, expected]);
      assert.match(err, /archive\/a\.wav begins with/);
      assert.match(err, /missing\.wav cannot be read: no such file/);
    }
    assert.deepEqual(await written(), ['b.txt']);
  });

  it('reports what is in the way of a file, and does the rest', async () => {
    const folder = await archive({ 'a.opus': SPEECH, 'b.opus': SPEECH, 'c/c.opus': SPEECH });
    await mkdir(join(out, 'a.txt'), { recursive: true });
    await writeFile(join(out, 'c'), 'a file');
    const { status, out: printed, err } = await transcribe(folder);
    assert.deepEqual([status, printed], [1, `${join(out, 'b.txt')}\n`]);
    assert.match(err, /a\.txt is a folder, expected a file/);
    assert.match(err, /out\/c is a file, expected a folder/);
  });

  it('refuses an output folder that is a file before it loads a model', async () => {
    await writeFile(out, '');
    const { status, err } = await transcribe(SPEECH, '--model', join(root, 'no-model.gguf'));
    assert.equal(status, 2);
    assert.match(err, /out is a file, expected a folder/);
  });

  it('does not replace what was said to standard input', async () => {
    const run = `cat ${SPEECH} | "$0" "$@"`;
    const args = ['transcribe', '-', '--out-dir', out];
    assert.equal((await kyutaiStt.inShell(run, {}, ...args)).out, `${join(out, 'standard-input.txt')}\n`);
    const again = await kyutaiStt.inShell(run, {}, ...args);
    assert.equal(again.status, 1);
    assert.match(again.err, /standard-input\.txt exists; use --force to replace it/);
    assert.equal((await kyutaiStt.inShell(run, {}, ...args, '--force')).status, 0);
  });

  it('writes recordings with the same name to files of their own, and each recording once', async () => {
    const folder = await archive({ 'a.opus': SPEECH, 'a.wav': SILENCE, '1/b.opus': SPEECH, '2/b.wav': SILENCE });
    const args = [join(folder, '1/b.opus'), join(folder, '2/b.wav'), join(folder, '1/b.opus')];
    await transcribe(...args);
    assert.deepEqual(await written(), ['b.opus.txt', 'b.wav.txt']);
    assert.deepEqual([await read('b.opus.txt'), await read('b.wav.txt')], [`${TEXT}\n`, '']);
    await transcribe(folder);
    assert.deepEqual((await written()).slice(0, 4), ['1/b.txt', '2/b.txt', 'a.opus.txt', 'a.wav.txt']);
    assert.deepEqual([await read('a.opus.txt'), await read('a.wav.txt')], [`${TEXT}\n`, '']);
  });

  it('divides a folder between shards, with the names of the whole', async () => {
    const folder = await archive({ 'a.opus': SPEECH, 'a.wav': SILENCE, 'b.opus': SPEECH, 'c/d.wav': SILENCE });
    const shards: string[][] = [];
    for (const part of [1, 2, 3]) {
      const { status, out: printed } = await transcribe(folder, '--shard', `${part}/3`);
      assert.equal(status, 0);
      shards.push(printed.trim().split('\n'));
    }
    assert.deepEqual(
      shards.map(({ length }) => length),
      [2, 1, 1],
    );
    assert.deepEqual(await written(), ['a.opus.txt', 'a.wav.txt', 'b.txt', 'c/d.txt']);
  });

  it('writes names as long as a disk allows', async () => {
    const long = `${'n'.repeat(250)}.opus`;
    const { status, err } = await transcribe(await archive({ [long]: SPEECH }));
    assert.deepEqual([status, err], [0, '']);
    assert.equal(await read(`${'n'.repeat(250)}.txt`), `${TEXT}\n`);
  });
});
