/** The command as a user runs it: files in, text, captions or JSON out. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readAudio } from '../../../src/cli/read-audio.js';
import { startHub } from '../../hub/hub.js';
import { officialRun } from '../engine/fake-model.js';
import { command, type Command } from './command.js';
import { DRIVER, NO_DRIVER } from './software-gpu.js';
import { wavFile } from './wav-file.js';

const path = (relative: string): string => fileURLToPath(new URL(`../../../${relative}`, import.meta.url));
const clip = (name: string): string => path(`test/fixtures/clips/${name}.wav`);
const DEMO = path('test/fixtures/demo');

const kyutaiStt = command();
const transcribe = (...args: readonly string[]): ReturnType<Command> => kyutaiStt('transcribe', ...args);

interface Json {
  readonly text: string;
  readonly words: readonly {
    readonly text: string;
    readonly start: number;
    readonly end: number;
    readonly confidence?: number;
  }[];
  readonly turns: readonly { readonly time: number; readonly probability: number }[];
  readonly metrics: Readonly<Record<string, unknown>>;
}

describe('kyutai-stt transcribe', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kyutai-stt-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** An empty folder, a missing file and bad ones around two good ones. */
  async function badAndGood(): Promise<string[]> {
    const noAudio = join(folder, 'no audio');
    await mkdir(noAudio, { recursive: true });
    const [empty, text, nan] = ['empty.wav', 'text.wav', 'nan.wav'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeFile(empty, '');
    await writeFile(text, 'this is no sound');
    await writeFile(nan, wavFile({ sampleRate: 24_000, channels: 1, bits: 32, format: 3 }, [0, Number.NaN, 0]));
    return [empty, clip('en_espeak_0'), text, join(folder, 'missing.wav'), noAudio, nan, clip('silence_3s')];
  }

  it('prints the text, with the package’s demo model by default', async () => {
    const { status, out, err } = await transcribe(clip('en_human_goforward'));
    assert.deepEqual({ status, out, err }, { status: 0, out: 'go forward ten meters\n', err: '' });
  });

  it('takes the fastest build that this machine runs unless one is named', async () => {
    for (const [args, build] of [
      [[], 'relaxed'],
      [['--build', 'relaxed'], 'relaxed'],
      [['--build', 'simd'], 'simd'],
    ] as const) {
      const { out, err } = await transcribe(clip('en_espeak_0'), '--json', ...args);
      assert.equal((JSON.parse(out) as Json).metrics['build'], build, err);
    }
  });

  it('downloads a model by its URL, once', async () => {
    const hub = await startHub();
    try {
      hub.put('demo.gguf', await readFile(path('models/demo-en_fr-q4_0.gguf')));
      const args = [clip('en_espeak_0'), '--model', hub.url('demo.gguf'), '--cache', join(folder, 'cache')];
      const { status, out, err } = await transcribe(...args);
      assert.deepEqual([status, out], [0, 'two two light number\n'], err);
      const { length } = hub.requests;
      assert.equal((await transcribe(...args)).out, 'two two light number\n');
      assert.equal(hub.requests.length, length, 'it is stored');
    } finally {
      await hub.close();
    }
  });

  it('takes the GPU of the package webgpu, or says why not', { skip: NO_DRIVER }, async () => {
    const args = ['transcribe', clip('en_espeak_0'), '--backend', 'webgpu', '--json'];
    const shell = 'exec "$0" "$@"';
    const { status, out, err } = await kyutaiStt.inShell(shell, { VK_ICD_FILENAMES: DRIVER }, ...args);
    assert.equal(status, 0, err);
    const { text, metrics } = JSON.parse(out) as Json;
    assert.deepEqual([text, metrics['backend']], ['two two light number', 'webgpu']);
    const none = await kyutaiStt.inShell(
      shell,
      { VK_ICD_FILENAMES: '/dev/null', VK_DRIVER_FILES: '/dev/null' },
      ...args,
    );
    assert.deepEqual([none.status, none.out], [1, '']);
    assert.match(none.err, /--backend webgpu: WebGPU has no adapter.*\(unsupported\)/);
  });

  it('prints words with times, turns and metrics as JSON', async () => {
    const { official } = officialRun('en_long_15s');
    const { out } = await transcribe(
      clip('en_long_15s'),
      '--json',
      '--model',
      DEMO,
      '--backend',
      'wasm',
      '--build',
      'simd',
    );
    const { text, words, turns, metrics } = JSON.parse(out) as Json;
    assert.equal(text, official.text);
    assert.deepEqual(
      words.map(({ start }) => start),
      official.words.map(({ start }) => start),
    );
    words.forEach(({ end, confidence }, i) => {
      const stop = official.words[i]?.stop ?? 15.36;
      assert.ok(end > (official.words[i]?.start ?? 0) && end <= stop, `word ${i} ends at ${end}, not by ${stop}`);
      assert.ok(confidence !== undefined && confidence > 0 && confidence <= 1);
    });
    assert.ok(turns.length >= 2 && turns.every(({ probability }) => probability > 0.5));
    assert.equal(metrics['audioSeconds'], 15.36);
    assert.equal(metrics['build'], 'simd');
    assert.equal('fallback' in metrics, false);
    for (const name of ['wallSeconds', 'rtf', 'mimiMs', 'lmMs']) assert.ok(Number(metrics[name]) > 0, name);
  });

  it('refreshes the context in pauses with --refresh-context, with the same words', async () => {
    const [usual, refreshed] = await Promise.all(
      [[], ['--refresh-context']].map(async (options) => {
        const { out, err } = await transcribe(clip('en_long_15s'), '--json', '--model', DEMO, ...options);
        assert.notEqual(out, '', err);
        return JSON.parse(out) as Json;
      }),
    );
    assert.equal(usual!.metrics['refreshes'], 0);
    assert.ok(Number(refreshed!.metrics['refreshes']) >= 1);
    assert.equal(refreshed!.text, usual!.text);
  });

  it('prints an array for several files, and why `auto` did not use a GPU', async () => {
    const { out } = await transcribe(clip('en_espeak_0'), clip('silence_3s'), '--json', '--model', DEMO);
    for (const { metrics } of JSON.parse(out) as Json[]) {
      assert.equal(metrics['backend'], 'wasm');
      assert.match(String(metrics['fallback']), /WebGPU is not available here/);
    }
    assert.deepEqual(
      (JSON.parse(out) as Json[]).map(({ text }) => text),
      ['two two light number', ''],
    );
  });

  it('writes captions', async () => {
    const vtt = await transcribe(clip('en_espeak_0'), '--vtt', '--model', DEMO);
    assert.match(vtt.out, /^WEBVTT\n\n00:00:00\.400 --> 00:00:0\d\.\d{3}\ntwo two light number\n$/);
    const srt = await transcribe(clip('en_espeak_0'), '--srt', '--model', DEMO);
    assert.match(srt.out, /^1\n00:00:00,400 --> 00:00:0\d,\d{3}\ntwo two light number\n$/);
  });

  it('prints Markdown', async () => {
    const { out } = await transcribe(clip('en_espeak_0'), '--md', '--model', DEMO);
    assert.equal(out, '**0:00** two two light number\n');
  });

  it('prints its shard of a folder, with names', async () => {
    const speech = path('test/fixtures/speech-formats');
    const all = (await readdir(speech)).filter((name) => /\.(mp3|ogg|opus|flac)$/.test(name)).sort();
    for (const part of [1, 2]) {
      const { status, out, err } = await transcribe(speech, '--shard', `${part}/2`, '--model', DEMO);
      const mine = all.filter((_, i) => i % 2 === part - 1);
      assert.deepEqual(
        [status, out],
        [0, mine.map((name) => `${join(speech, name)}: two two light number\n`).join('')],
        err,
      );
    }
    const { status, out } = await transcribe(speech, '--shard', '99/99', '--json', '--model', DEMO);
    assert.deepEqual([status, JSON.parse(out)], [0, []]);
  });

  it('transcribes the same words from 8 bits, stereo and 96 kHz', async () => {
    const samples = await readAudio(clip('en_espeak_0'), 24_000);
    const integers = Array.from(samples, (sample) => Math.round(sample * 32768));
    const files: Readonly<Record<string, Uint8Array>> = {
      'stereo.wav': wavFile(
        { sampleRate: 24_000, channels: 2, bits: 16 },
        integers.flatMap((sample) => [sample, sample]),
      ),
      'eight.wav': wavFile(
        { sampleRate: 24_000, channels: 1, bits: 8 },
        integers.map((sample) => (sample >> 8) + 128),
      ),
      // Each sample held for four: the images lie above 12 kHz, where the resampler removes them.
      'fast.wav': wavFile(
        { sampleRate: 96_000, channels: 1, bits: 16 },
        integers.flatMap((sample) => [sample, sample, sample, sample]),
      ),
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const names = Object.keys(files).map((name) => join(folder, name));
    const { out, err } = await transcribe(
      ...names,
      ...['mp3', 'ogg', 'opus', 'flac'].map((type) => path(`test/fixtures/speech-formats/speech.${type}`)),
      '--model',
      DEMO,
    );
    assert.equal(err, '');
    for (const line of out.trim().split('\n')) assert.match(line, /: two two light number$/);
    assert.equal(out.trim().split('\n').length, 7);
  });

  it('names the file and the reason of a failure', async () => {
    const garbage = join(folder, 'garbage.wav');
    await writeFile(garbage, 'this is no sound');
    const broken = join(folder, 'broken.wav');
    const form = { sampleRate: 24_000, channels: 1, bits: 32, format: 3 } as const;
    await writeFile(broken, wavFile(form, [0, Number.NaN, 0]));
    const cases: readonly (readonly [args: readonly string[], status: number, reason: RegExp])[] = [
      [[garbage], 1, /garbage\.wav begins with "this is ".*\(audio-invalid\)\nUse a WAV/],
      [[clip('en_espeak_0'), broken], 1, /broken\.wav: sample 1 of frame 0 is NaN/],
      [[join(folder, 'missing.wav')], 1, /missing\.wav cannot be read: no such file \(audio-invalid\)\nCheck /],
      [[DEMO], 1, /demo holds no audio file, expected names that end in wav, .*\(audio-invalid\)\nName another/],
      [['-', '-'], 2, /found - 2 times, expected standard input once at most/],
      [[clip('en_espeak_0'), '--model', garbage], 1, /\(model-invalid\)/],
      [[], 2, /found no audio file/],
      [[clip('en_espeak_0'), '--srt', '--json'], 2, /--json and --srt/],
      [[clip('en_espeak_0'), clip('en_espeak_1'), '--vtt'], 2, /2 files, expected 1, or several with --out-dir/],
      [[path('test/fixtures/clips'), '--md'], 2, /--md: found \d+ files/],
      [[clip('en_espeak_0'), '--txt', '--md'], 2, /--txt and --md, expected one of them, or --out-dir/],
      [[clip('en_espeak_0'), '--force'], 2, /--force, expected it only with --out-dir/],
      [[clip('en_espeak_0'), '--shard', '9/8'], 2, /--shard is 9\/8, expected a part/],
      [[clip('en_espeak_0'), '--backend', 'cuda'], 2, /--backend is cuda, expected auto, wasm, webgpu/],
      [[clip('en_espeak_0'), '--colour'], 2, /--colour/],
    ];
    for (const [args, status, reason] of cases) {
      const result = await transcribe(...args);
      assert.match(result.err, reason);
      assert.equal(result.status, status, args.join(' '));
    }
  });

  it('reports a bad file, transcribes the others and exits with 1', async () => {
    const files = await badAndGood();
    const { status, out, err } = await transcribe(...files, '--model', DEMO);
    assert.equal(status, 1);
    assert.equal(out, `${clip('en_espeak_0')}: two two light number\n${clip('silence_3s')}: \n`);
    const [empty, text, missing, aFolder, broken] = err.match(/^kyutai-stt transcribe: .*/gm) ?? [];
    assert.match(empty ?? '', /empty\.wav is empty \(0 bytes\)/);
    assert.match(text ?? '', /text\.wav begins with/);
    assert.match(missing ?? '', /missing\.wav cannot be read: no such file/);
    assert.match(aFolder ?? '', /no audio holds no audio file/);
    assert.match(broken ?? '', /nan\.wav: sample 1 of frame 0 is NaN/);
    assert.equal(err.match(/^Use a WAV/gm)?.length, 3); // after the three that are files
  });

  it('prints an array for several files as JSON, with the errors of the bad ones', async () => {
    const files = await badAndGood();
    const { status, out, err } = await transcribe(...files, '--json', '--model', DEMO);
    assert.equal(status, 1);
    assert.equal(err.match(/^kyutai-stt transcribe: /gm)?.length, 5);
    const results = JSON.parse(out) as (Partial<Json> & {
      readonly file: string;
      readonly error?: { readonly code: string; readonly message: string };
    })[];
    assert.equal(out, `${JSON.stringify(results, null, 2)}\n`);
    assert.deepEqual(
      results.map(({ file }) => file),
      files,
    );
    assert.deepEqual(
      results.map(({ text, error }) => text ?? error?.code),
      ['audio-invalid', 'two two light number', ...Array<string>(4).fill('audio-invalid'), ''],
    );
    for (const { error } of results) if (error) assert.ok(err.includes(error.message), error.message);
  });

  it('prints the error of a single bad file as JSON', async () => {
    const missing = join(folder, 'missing.wav');
    const { status, out, err } = await transcribe(missing, '--json');
    assert.equal(status, 1);
    assert.deepEqual(JSON.parse(out), {
      file: missing,
      error: { code: 'audio-invalid', message: `${missing} cannot be read: no such file (audio-invalid)` },
    });
    assert.match(err, /no such file/);
  });

  it('prints each JSON result when its file is done', async () => {
    const child = kyutaiStt.start('transcribe', '--json', '--model', DEMO, clip('en_espeak_0'), '-');
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      // The first result is complete while the second file, standard input, has not begun.
      const first = /^\[\n( {2}\{.*\n {2}\})/s.exec(out)?.[1];
      if (first === undefined || child.stdin.writableEnded) continue;
      assert.equal((JSON.parse(first) as Json).text, 'two two light number');
      child.stdin.end(await readFile(clip('en_human_goforward')));
    }
    assert.deepEqual(
      (JSON.parse(out) as { readonly file: string }[]).map(({ file }) => file),
      [clip('en_espeak_0'), '-'],
    );
  });

  it('ends quietly when its output is closed', async () => {
    for (const form of [[], ['--json'], ['--srt']]) {
      const { status, err } = await kyutaiStt.intoClosedPipe(
        'transcribe',
        clip('en_espeak_0'),
        ...form,
        '--model',
        DEMO,
      );
      assert.deepEqual({ status, err }, { status: 141, err: '' });
    }
  });

  it('ends quietly after the first line was read', async () => {
    const child = kyutaiStt.start('transcribe', '--model', DEMO, clip('en_espeak_0'), '-', clip('en_espeak_1'));
    let err = '';
    child.stderr.on('data', (chunk) => (err += String(chunk)));
    child.stdin.on('error', () => undefined); // the command may end before it has read all
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end(await readFile(clip('en_human_goforward')));
    const [status] = (await ended) as [number | null];
    assert.deepEqual({ status, err }, { status: 141, err: '' });
  });

  it('reports a full disk under its output', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async () => {
    const files = [clip('en_espeak_0'), clip('en_espeak_1')];
    for (const args of [files, [...files, '--json'], files.slice(1), ['--vtt', ...files.slice(1)]]) {
      const { status, err } = await kyutaiStt.into('/dev/full', 'transcribe', ...args, '--model', DEMO);
      assert.match(
        err,
        /^kyutai-stt transcribe: standard output cannot be written: ENOSPC.*\(quota\)\nFree up disk space.*\n$/,
      );
      assert.equal(status, 1);
    }
  });

  it('goes on when its errors cannot be written', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async () => {
    const files = await badAndGood();
    const { status, out } = await kyutaiStt.withErrorsInto('/dev/full', 'transcribe', ...files, '--model', DEMO);
    assert.equal(status, 1);
    assert.match(out, /: two two light number\n/);
    assert.equal(out.split('\n').length, 3);
  });

  it('prints words while standard input goes on', async () => {
    const child = kyutaiStt.start('transcribe', '-');
    const head = new Uint8Array(await readFile(clip('en_human_goforward')));
    head.fill(0xff, 4, 8); // a pipe's lengths are unknown
    head.fill(0xff, 40, 44);
    child.stdin.write(head);
    // The words are delayed by half a second of audio; the stream has not ended.
    child.stdin.write(new Uint8Array(4 * 24_000 * 2));
    let out = '';
    for await (const chunk of child.stdout) {
      out += String(chunk);
      if (/^go forward ten meters/.test(out)) break;
    }
    assert.equal(child.exitCode, null);
    child.stdin.on('error', () => undefined);
    child.kill();
  });

  it('transcribes channels that cancel, a silent one, and the centre of surround', async () => {
    const samples = await readAudio(clip('en_human_goforward'), 24_000);
    const integers = Array.from(samples, (sample) => Math.round(sample * 32_768));
    const stereo = (right: (sample: number, i: number) => number): Uint8Array =>
      wavFile(
        { sampleRate: 24_000, channels: 2, bits: 16 },
        integers.flatMap((sample, i) => [sample, right(sample, i)]),
      );
    const files: Readonly<Record<string, Uint8Array>> = {
      'cancels.wav': stereo((sample) => Math.max(-32_767, -sample)),
      'cancels-nearly.wav': stereo((sample) => Math.round(-0.8 * sample)),
      'silent.wav': stereo((_, i) => i % 2),
      'centre.wav': wavFile(
        { sampleRate: 24_000, channels: 6, bits: 16, extensible: true, mask: 0x3f },
        integers.flatMap((sample) => [0, 0, sample, 0, 0, 0]),
      ),
    };
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
    const { out } = await transcribe(...Object.keys(files).map((name) => join(folder, name)));
    assert.deepEqual(
      out
        .trim()
        .split('\n')
        .map((line) => line.replace(/^.*: /, '')),
      Object.keys(files).map(() => 'go forward ten meters'),
    );
  });

  it('prints its usage with --help', async () => {
    const { status, out } = await transcribe('--help');
    assert.equal(status, 0);
    assert.match(out, /--model.*--json/s);
  });
});
