/** `kyutai-stt eval` as a user runs it, on folders made of the clips. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startHub } from '../../hub/hub.js';
import { command, type Outcome } from './command.js';
import type { Counts, JiwerGolden } from './eval/jiwer-golden.js';
import { DRIVER, NO_DRIVER } from './software-gpu.js';

const CLIPS = 'test/fixtures/clips';
const FLAC = 'test/fixtures/speech-formats/speech.flac'; // en_espeak_0
const clips = JSON.parse(readFileSync(`${CLIPS}/index.json`, 'utf8')) as readonly {
  readonly name: string;
  readonly reference: string;
  readonly official_q4_text: string;
}[];
const golden = JSON.parse(readFileSync('test/fixtures/eval/jiwer.json', 'utf8')) as JiwerGolden;

interface Json {
  readonly model: string;
  readonly normaliser: string;
  readonly wer: number | null;
  readonly cer: number | null;
  readonly words: Counts;
  readonly characters: Counts;
  readonly audioSeconds: number;
  readonly rtf: number;
  readonly utterances: readonly { readonly id: string; readonly reference: string; readonly hypothesis: string }[];
  readonly failures: readonly { readonly id: string; readonly error: { readonly code: string } }[];
  readonly withoutText: readonly string[];
}

const kyutaiStt = command();
/** The package's demo model, on the CPU. */
const evaluate = (...args: readonly string[]): Promise<Outcome> => kyutaiStt('eval', '--backend', 'wasm', ...args);
async function evaluated(...args: readonly string[]): Promise<Json> {
  const { status, out, err } = await evaluate('--json', ...args);
  assert.deepEqual({ status, err }, { status: 0, err: '' });
  return JSON.parse(out) as Json;
}

describe('kyutai-stt eval', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'kyutai-stt-eval-'));
  });
  after(() => rm(root, { recursive: true }));

  /** A new folder with the files given by their paths: texts, or `clip:NAME` for a recording. */
  async function folder(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) {
      const file = join(root, name, path);
      await mkdir(join(file, '..'), { recursive: true });
      if (!content.startsWith('clip:')) await writeFile(file, content);
      else await copyFile(content === 'clip:flac' ? FLAC : `${CLIPS}/${content.slice(5)}.wav`, file);
    }
    return join(root, name);
  }

  /** Every clip with its text beside it. */
  const pairs = (name: string): Promise<string> =>
    folder(
      name,
      Object.fromEntries(
        clips.flatMap((clip) => [
          [`${clip.name}.wav`, `clip:${clip.name}`],
          [`${clip.name}.txt`, `${clip.reference}\n`],
        ]),
      ),
    );

  it('agrees with jiwer on the clips, with one stream and with three', async () => {
    const set = await pairs('clips');
    for (const streams of ['1', '3']) {
      const { wer, cer, words, characters, utterances, rtf } = await evaluated(set, '--streams', streams);
      const { reference, ...edits } = { reference: 0, ...words };
      const { reference: length, ...characterEdits } = { reference: 0, ...characters };
      assert.deepEqual(
        { wer, cer, words: edits, characters: characterEdits },
        golden.clips.official_q4,
        `${streams} streams`,
      );
      assert.deepEqual([reference, length], [69, 355]);
      assert.deepEqual(
        new Map(utterances.map(({ id, hypothesis }) => [id, hypothesis])),
        new Map(
          clips
            .map(({ name, official_q4_text }) => [`${name}.wav`, official_q4_text] as const)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        ),
      );
      assert.ok(rtf > 0);
    }
  });

  it('evaluates a model that it downloads', async () => {
    const set = await folder('downloaded', { 'a.wav': 'clip:en_espeak_0', 'a.txt': 'two two light number' });
    const hub = await startHub();
    try {
      hub.put('demo.gguf', readFileSync('models/demo-en_fr-q4_0.gguf'));
      const args = [set, '--json', '--cache', join(root, 'cache'), '--model', hub.url('demo.gguf')];
      const first = await evaluate(...args);
      assert.equal(first.status, 0);
      assert.match(first.err, /^downloading to /);
      assert.equal((JSON.parse(first.out) as Json).wer, 0);
      const requests = hub.requests.length;
      assert.equal((await evaluate(...args)).err, '', 'the second run downloads nothing');
      assert.equal(hub.requests.length, requests);
    } finally {
      await hub.close();
    }
  });

  it('evaluates on the GPU', { skip: NO_DRIVER }, async () => {
    const set = await folder('gpu', { 'a.wav': 'clip:en_espeak_0', 'a.txt': 'two two light number' });
    const { status, out, err } = await kyutaiStt.inShell(
      'exec "$0" "$@"',
      { VK_ICD_FILENAMES: DRIVER },
      ...['eval', set, '--json', '--backend', 'webgpu'],
    );
    assert.equal(status, 0, err);
    const { wer, backend } = JSON.parse(out) as Json & { readonly backend: string };
    assert.deepEqual([wer, backend], [0, 'webgpu']);
  });

  it('reads LibriSpeech’s layout, in subfolders', async () => {
    const set = await folder('librispeech', {
      'test-clean/1089/134686/1089-134686.trans.txt':
        '1089-134686-0000 TWO TWO LIGHT NUMBER\n1089-134686-0001 GO FORWARD TEN METERS\n',
      'test-clean/1089/134686/1089-134686-0000.flac': 'clip:flac',
      'test-clean/1089/134686/1089-134686-0001.wav': 'clip:en_human_goforward',
    });
    const { wer, utterances, normaliser } = await evaluated(set);
    assert.deepEqual([wer, normaliser], [0, 'basic']);
    const english = await evaluated(set, '--normaliser', 'english');
    assert.deepEqual([english.wer, english.normaliser], [0, 'english']);
    // "22 light number", "go forward 10 meters"
    assert.equal(english.words.hits, 7);
    assert.deepEqual(
      utterances.map(({ id }) => id),
      ['test-clean/1089/134686/1089-134686-0000.flac', 'test-clean/1089/134686/1089-134686-0001.wav'],
    );
  });

  it('reads lists: two columns, columns by name, and JSON', async () => {
    const set = await folder('lists', {
      'a/one.wav': 'clip:en_espeak_0',
      'clips/deux.wav': 'clip:fr_espeak_3',
      'two.tsv': 'a/one.wav\tTwo, two: light number.\nclips/deux.wav\tSix deux. Oui — non !\n',
      // As in Common Voice.
      'named.tsv': 'client_id\tpath\tsentence\r\nx\tdeux.wav\tSix deux oui non\r\n',
      'list.jsonl':
        '{"audio": "a/one.wav", "text": "two two light number"}\n\n{"file_name": "clips/deux.wav", "transcription": "six deux oui non"}\n',
    });
    for (const [list, ids] of [
      ['two.tsv', ['a/one.wav', 'clips/deux.wav']],
      ['named.tsv', ['deux.wav']],
      ['list.jsonl', ['a/one.wav', 'clips/deux.wav']],
    ] as const) {
      const { wer, utterances } = await evaluated(join(set, list));
      assert.deepEqual([list, wer, utterances.map(({ id }) => id)], [list, 0, ids]);
    }
  });

  it('reports bad files, evaluates the others and exits with 1', async () => {
    const set = await folder('bad', {
      'bad.wav': 'this is no sound',
      'bad.txt': 'two',
      'good.wav': 'clip:en_espeak_0',
      'good.txt': 'two two light number',
      'latin.wav': 'clip:fr_espeak_3',
      'lone.wav': 'clip:fr_espeak_3',
      'x.trans.txt': 'gone one two\n',
    });
    await writeFile(join(set, 'latin.txt'), Buffer.from('\xe9t\xe9', 'latin1'));
    const { status, out, err } = await evaluate(set, '--json');
    const { wer, failures, withoutText, utterances } = JSON.parse(out) as Json;
    assert.equal(status, 1);
    assert.equal(wer, 0);
    assert.deepEqual(
      utterances.map(({ id }) => id),
      ['good.wav'],
    );
    assert.deepEqual(
      failures.map(({ id, error }) => [id, error.code]),
      [
        ['latin.txt', 'invalid-argument'],
        ['gone.flac', 'audio-invalid'],
        ['bad.wav', 'audio-invalid'],
      ],
    );
    assert.deepEqual(withoutText, ['lone.wav']);
    assert.match(err, /latin\.txt: found bytes that are not UTF-8/);
    assert.match(err, /gone\.flac cannot be read: no such file/);
    assert.match(err, /bad\.wav begins with "this is /);
    const text = await evaluate(set);
    assert.match(text.out, /^3 utterances could not be read and are not counted\.$/m);
    assert.match(text.out, /^1 audio file without a text, such as lone\.wav, not counted\.$/m);
  });

  it('says what empty references and hypotheses count as', async () => {
    const set = await folder('empty', {
      'noise.wav': 'clip:en_espeak_0',
      'noise.txt': '[noise]\n',
      'silence.wav': 'clip:silence_3s',
      'silence.txt': 'two words',
    });
    const { status, out } = await evaluate(set);
    assert.equal(status, 0);
    assert.match(out, /^WER {2}300\.00 %: 6 errors in 2 words \(0 substitutions, 4 insertions, 2 deletions\)$/m);
    assert.match(out, /^1 reference without a word: what is recognised there counts as insertions\.$/m);
    assert.match(out, /^1 utterance in which nothing was recognised: the words count as deletions\.$/m);
    const none = await folder('none', { 'a.wav': 'clip:en_espeak_0', 'a.txt': '' });
    assert.match((await evaluate(none)).out, /^WER {2}undefined, as no reference has a word: 4 errors in 0 words/);
    assert.equal((await evaluated(none)).wer, null);
  });

  it('refuses a set without utterances, and what is no set', async () => {
    const nothing = await folder('nothing', { 'README.md': '', 'empty.tsv': '', 'comma.tsv': 'a.wav,one\n' });
    const lone = await folder('lone', { 'a.wav': 'clip:silence_3s' });
    const twice = await folder('twice', { 'a.jsonl': '{"audio":"a.wav","text":""}\n'.repeat(2) });
    for (const [args, message] of [
      [[nothing], /nothing: found no utterances, expected audio files with \.trans\.txt files or with a \.txt/],
      [[lone], /lone: found 1 audio file without a text, expected/],
      [[join(nothing, 'empty.tsv')], /empty\.tsv: found no utterances, expected a line for each audio file/],
      [[join(nothing, 'comma.tsv')], /comma\.tsv, line 1: found 1 column separated by tabs, expected two/],
      [[join(nothing, 'README.md')], /README\.md: expected a folder, a \.tsv or a \.jsonl file/],
      [[join(twice, 'a.jsonl')], /found two texts for a\.wav, expected one/],
      [[join(root, 'absent')], /absent: ENOENT/],
      [[], /found 0 sets, expected 1/],
      [[nothing, '--streams', '0'], /--streams is 0, expected a whole number from 1 to 64/],
      [[nothing, '--normaliser', 'french'], /--normaliser is french, expected basic/],
    ] as const) {
      const { status, out, err } = await evaluate(...args);
      assert.equal(status, 2, err);
      assert.equal(out, '');
      assert.match(err, message);
      assert.equal(err.trim().split('\n').length, 1, err);
    }
  });

  describe('--compare', () => {
    const compare = (...args: readonly string[]): Promise<Outcome> => kyutaiStt('eval', '--compare', ...args);
    const saved = (name: string, ...texts: readonly (readonly [reference: string, hypothesis: string])[]): object => ({
      format: 'kyutai-stt eval',
      normaliser: name,
      utterances: texts.map(([reference, hypothesis], i) => ({ id: `${i}.wav`, reference, hypothesis })),
    });
    const write = async (name: string, content: object | string): Promise<string> => {
      const path = join(root, name);
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    };

    it('compares two models on the clips, from either kind of file', async () => {
      const set = await pairs('compared');
      const [a, b] = [join(root, 'f32.jsonl'), join(root, 'q4.json')];
      await evaluated(set, '--model', 'test/fixtures/demo', '--results', a);
      await writeFile(b, (await evaluate(set, '--json')).out);
      const { status, out } = await compare(a, b, '--json');
      assert.equal(status, 0);
      const comparison = JSON.parse(out) as Record<string, unknown> & { interval: { low: number; high: number } };
      const { official, official_q4 } = golden.clips;
      assert.deepEqual(
        [comparison['werA'], comparison['werB'], comparison['utterances'], comparison['normaliser']],
        [official.wer, official_q4.wer, clips.length, 'basic'],
      );
      // One utterance differs, by one error: a sample without it has no difference.
      assert.equal(comparison.interval.low, 0);
      assert.ok(comparison.interval.high > 0.03 && comparison.interval.high < 0.1);
      assert.equal((await compare(a, b, '--json')).out, out, 'the same seed');
      assert.match((await compare(a, b)).out, /^B − A {2}\+1\.45 points, 95 % interval 0\.00 to \+5\.\d\d$/m);
    });

    it('answers with its exit code whether B is at most --margin points worse', async () => {
      const a = await write('ma.json', saved('basic', ['one two three four', 'one two three four']));
      const b = await write('mb.json', saved('basic', ['one two three four', 'one two three']));
      const worse = await compare(a, b, '--margin', '20');
      assert.equal(worse.status, 1);
      assert.match(
        worse.out,
        /^B is worse than A\.\nIt is not shown that B is at most 20 points worse than A: .*\+25\.00\.$/m,
      );
      assert.equal((await compare(a, b, '--margin', '25')).status, 0);
      const better = await compare(b, a, '--margin', '0');
      assert.equal(better.status, 0);
      assert.match(better.out, /−25\.00 points[^]*^B is better than A\.\nB is at most 0 points worse than A\.$/m);
    });

    it('takes the utterances that both have, and refuses what cannot be compared', async () => {
      const one = await write('one.json', saved('basic', ['Un, deux', 'un deux'], ['trois', 'trois']));
      const two = await write('two.json', saved('basic', ['un deux', 'un']));
      assert.match((await compare(one, two)).out, /^1 utterance only in A, not counted\.$/m);
      const raw = await write('raw.json', saved('none', ['un deux', 'un']));
      const other = await write('other.json', saved('basic', ['six', 'six']));
      const blank = await write('blank.json', saved('basic', ['', '']));
      const none = await write('none.json', saved('basic'));
      const broken = await write('broken.json', { format: 'kyutai-stt eval', utterances: [{ id: 'a.wav' }] });
      const notes = await write('notes.json', '{"text": "no evaluation"}');
      for (const [args, message] of [
        [[one, raw], /one\.json has the normaliser basic, \S*raw\.json none; name one with --normaliser/],
        [[one, raw, '--normaliser', 'none'], /0\.wav: \S* and \S* have different references, "Un, deux" and "un deux"/],
        [[two, other], /0\.wav: \S*two\.json and \S*other\.json have different references, "un deux" and "six"/],
        [[one, none], /one\.json and \S*none\.json have no utterance in common/],
        [[blank, blank], /no reference has a word, expected some/],
        [[one, broken], /broken\.json: utterances\[0\] has no id, reference or hypothesis/],
        [[one, notes], /notes\.json: found another kind of file, expected results of kyutai-stt eval/],
        [[one, join(root, 'absent.json')], /absent\.json: ENOENT/],
        [[one], /--compare: found 1 file, expected 2/],
        [[one, two, '--margin', 'x'], /--margin is x, expected a number of percentage points/],
        [[one, two, '--streams', '2'], /found --streams, expected only without --compare/],
      ] as const) {
        const { status, out, err } = await compare(...args);
        assert.deepEqual({ status, out }, { status: 2, out: '' }, err);
        assert.match(err, message);
      }
      assert.match(
        (await kyutaiStt('eval', root, '--margin', '1')).err,
        /found --margin, expected only with --compare/,
      );
    });
  });

  describe('with --results', () => {
    it('continues after a run that ended in the middle of a line', async () => {
      const set = await pairs('resumed');
      const file = join(root, 'resumed.jsonl');
      const first = await evaluated(set, '--results', file);
      const whole = await readFile(file, 'utf8');
      const lines = whole.trim().split('\n');
      assert.equal(lines.length, clips.length + 1);
      // Four are done and the fifth is not complete. What is done is not read again: its text is another in the file.
      const fourth = JSON.parse(lines[4] ?? '') as { id: string; hypothesis: string };
      const kept = [...lines.slice(0, 4), JSON.stringify({ ...fourth, hypothesis: 'from the file' })].join('\n');
      await writeFile(file, `${kept}\n${lines[5]?.slice(0, 40)}`);
      const second = await evaluated(set, '--results', file);
      assert.deepEqual(
        second.utterances.map(({ id, hypothesis }) => [id, hypothesis]),
        first.utterances.map(({ id, hypothesis }) => [id, id === fourth.id ? 'from the file' : hypothesis]),
      );
      assert.equal((await readFile(file, 'utf8')).trim().split('\n').length, clips.length + 1);
      const stripped = (text: string): string[] =>
        text
          .trim()
          .split('\n')
          .map((line) => line.replace(/"wallSeconds":.*/, ''));
      assert.deepEqual(stripped(await readFile(file, 'utf8')).slice(5), stripped(whole).slice(5));
    });

    it('transcribes a recording again that has changed, and one that failed', async () => {
      const set = await folder('changed', {
        'a.wav': 'clip:en_espeak_0',
        'a.txt': 'two two light number',
        'b.wav': 'no sound',
        'b.txt': 'six deux oui non',
      });
      const file = join(root, 'changed.jsonl');
      assert.equal((await evaluate(set, '--results', file)).status, 1);
      await copyFile(`${CLIPS}/fr_espeak_3.wav`, join(set, 'a.wav'));
      await writeFile(join(set, 'a.txt'), 'six deux oui non');
      await copyFile(`${CLIPS}/fr_espeak_3.wav`, join(set, 'b.wav'));
      assert.equal((await evaluated(set, '--results', file)).wer, 0);
      assert.equal((await evaluated(set, '--results', file)).wer, 0);
    });

    it('refuses the results of another model, and other files', async () => {
      const set = await folder('other', { 'a.wav': 'clip:en_espeak_0', 'a.txt': 'two two light number' });
      const file = join(root, 'other.jsonl');
      await evaluated(set, '--results', file);
      const before = await readFile(file, 'utf8');
      const { status, err } = await evaluate(set, '--results', file, '--model', 'test/fixtures/demo');
      assert.equal(status, 2);
      assert.match(
        err,
        /other\.jsonl: holds results of model demo-en_fr-q4_0\.gguf, found demo; use another --results/,
      );
      assert.equal(await readFile(file, 'utf8'), before);
      const notes = join(set, 'notes.txt');
      for (const text of ['my notes', 'my notes\n', '{"a": 1}\n']) {
        await writeFile(notes, text);
        const refused = await evaluate(set, '--results', notes);
        assert.equal(refused.status, 2);
        assert.match(refused.err, /notes\.txt: found another kind of file, expected results of kyutai-stt eval/);
        assert.equal(await readFile(notes, 'utf8'), text);
      }
      await appendFile(file, 'damage\n');
      assert.match((await evaluate(set, '--results', file)).err, /other\.jsonl, line 3: found no result/);
      assert.match((await evaluate(set, '--results', set)).err, /other is not a regular file, expected one/);
    });

    it('ends with the reason when the file cannot grow', async () => {
      const set = await folder('full', { 'a.wav': 'clip:en_espeak_0', 'a.txt': 'two' });
      const { status, err } = await kyutaiStt.inShell(
        'ulimit -f 0; exec "$0" "$@"',
        {},
        'eval',
        set,
        '--results',
        join(root, 'full.jsonl'),
      );
      assert.equal(status, 1);
      assert.match(err, /full\.jsonl cannot be written: EFBIG[^\n]*\(quota\)\nFree up disk space/);
    });
  });
});
