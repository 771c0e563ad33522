/** Tests of the `kyutai-stt` command's output and exit codes. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { command } from './command.js';

const kyutaiStt = command();

describe('kyutai-stt', () => {
  it('lists its subcommands with --help', async () => {
    const { status, out } = await kyutaiStt('--help');
    assert.equal(status, 0);
    assert.match(out, /^ {2}convert /m);
    assert.match(out, /^ {2}transcribe /m);
    assert.match(out, /^ {2}random-model /m);
  });

  it('prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const option of ['--version', '-V']) {
      const { status, out } = await kyutaiStt(option);
      assert.deepEqual({ status, out }, { status: 0, out: `${version}\n` });
    }
  });

  it('prints its usage to stderr without a subcommand or with an unknown one', async () => {
    for (const args of [[], ['toString']]) {
      const { status, out, err } = await kyutaiStt(...args);
      assert.equal(status, 2);
      assert.equal(out, '');
      assert.match(err, /Usage: kyutai-stt SUBCOMMAND/);
    }
  });

  it('prints a failure’s message and remedy without a stack trace', async () => {
    const { status, err } = await kyutaiStt('convert', 'no-such-folder', 'out.gguf', '--type', 'f32');
    assert.equal(status, 1);
    assert.match(
      err,
      /^kyutai-stt convert: .*no-such-folder.*\(model-invalid\)\nUse a complete, undamaged model file\.\n$/,
    );
  });

  it('names an output that cannot be written', async () => {
    const output = '/no-such-folder/x.gguf';
    const { status, err } = await kyutaiStt('convert', 'test/fixtures/case-odd', output, '--type', 'f32');
    assert.equal(status, 2);
    assert.match(err, /^kyutai-stt convert: \/no-such-folder\/x\.gguf cannot be written: ENOENT/);
  });

  for (const [what, args, message] of [
    ['an unknown option', ['a', 'b', '--type', 'f32', '--fast'], /Unknown option '--fast'/],
    ['a missing type', ['a', 'b'], /--type is missing, expected q4_0, q8_0, f16, f32/],
    ['an unknown type', ['a', 'b', '--type', 'q5_1'], /--type is q5_1/],
    ['an unknown codec type', ['a', 'b', '--type', 'f32', '--mimi', 'q8_0'], /--mimi is q8_0, expected f16, f32/],
    ['a missing path', ['a', '--type', 'f32'], /found 1 paths, expected a model and an output file/],
  ] as const) {
    it(`exits with 2 after ${what}`, async () => {
      const { status, err } = await kyutaiStt('convert', ...args);
      assert.equal(status, 2);
      assert.match(err, message);
    });
  }

  for (const [what, args, message] of [
    ['a missing preset', ['a.gguf'], /--preset is missing, expected stt-1b-en_fr, stt-2\.6b-en/],
    ['an unknown preset', ['a.gguf', '--preset', 'stt-9b'], /--preset is stt-9b/],
    ['a missing output', ['--preset', 'stt-1b-en_fr'], /found 0 outputs, expected 1/],
    [
      'a seed that is no number',
      ['a.gguf', '--preset', 'stt-1b-en_fr', '--seed', '-'],
      /--seed is -, expected a whole/,
    ],
    ['a type for bf16', ['a', '--preset', 'stt-1b-en_fr', '--layout', 'official', '--type', 'f32'], /--type is f32/],
    [
      'a file that exists',
      ['package.json', '--preset', 'stt-1b-en_fr'],
      /package\.json exists; use --force to replace it/,
    ],
  ] as const) {
    it(`exits with 2 after ${what} for random-model`, async () => {
      const { status, err } = await kyutaiStt('random-model', ...args);
      assert.equal(status, 2);
      assert.match(err, message);
    });
  }

  it('prints a subcommand’s usage with --help', async () => {
    const { status, out } = await kyutaiStt('convert', '--help');
    assert.equal(status, 0);
    assert.match(out, /^Usage: kyutai-stt convert MODEL OUT\.gguf/);
  });

  /** Each way to print to standard output that needs no long computation. */
  const PRINTS: readonly (readonly string[])[] = [
    ['--help'],
    ['--version'],
    ...['transcribe', 'eval', 'convert', 'bench', 'verify', 'manifest', 'publish', 'serve', 'random-model'].map(
      (name) => [name, '--help'],
    ),
    ['manifest', 'models/demo-en_fr-q4_0.gguf'],
    ['serve', '--port', '0', 'demo'],
  ];

  it('ends quietly with 141 when its output is closed', async () => {
    for (const args of PRINTS) {
      const { status, err } = await kyutaiStt.intoClosedPipe(...args);
      assert.deepEqual({ status, err }, { status: 141, err: '' }, args.join(' '));
    }
  });

  it('reports a full disk under its output', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async () => {
    for (const args of PRINTS) {
      const { status, err } = await kyutaiStt.into('/dev/full', ...args);
      assert.match(
        err,
        /^kyutai-stt[a-z -]*: standard output cannot be written: ENOSPC[^\n]*\(quota\)\nFree up disk space[^\n]*\n$/,
        args.join(' '),
      );
      assert.equal(status, 1);
    }
  });

  describe('with a folder', () => {
    let folder = '';
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'kyutai-stt-'));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('reports a file of output that was cut short', async () => {
      const output = join(folder, 'out.json');
      const script = 'ulimit -f 1; exec "$0" "$@" > "$OUTPUT"';
      const { status, err } = await kyutaiStt.inShell(script, { OUTPUT: output }, 'manifest', 'test/fixtures/demo');
      assert.match(err, /^kyutai-stt manifest: standard output cannot be written: EFBIG[^\n]*\(quota\)\n/);
      assert.equal(status, 1);
    });

    for (const [what, args] of [
      ['convert', ['convert', 'test/fixtures/demo', 'OUT', '--type', 'q4_0']],
      ['manifest', ['manifest', 'test/fixtures/demo', '-o', 'OUT']],
      ['serve --cert', ['serve', '--port', '0', '--cert', 'OUT', 'demo']],
      ['random-model', ['random-model', 'OUT', '--preset', 'stt-1b-en_fr']],
      ['random-model --layout official', ['random-model', 'OUT', '--preset', 'stt-1b-en_fr', '--layout', 'official']],
    ] as const) {
      it(`leaves nothing of a file that ${what} cannot complete`, async () => {
        const output = join(folder, 'out');
        const given = args.map((arg) => (arg === 'OUT' ? output : arg));
        // Files cannot grow: as on a disk that fills up, a write is cut short and the next one fails.
        const { status, err } = await kyutaiStt.inShell('ulimit -f 1; exec "$0" "$@"', {}, ...given);
        assert.match(
          err,
          /^kyutai-stt [a-z-]*: \S*out\S* cannot be written: EFBIG[^\n]*\(quota\)\nFree up disk space[^\n]*\n$/,
        );
        assert.equal(status, 1);
        assert.deepEqual(await readdir(folder), []);
      });
    }

    it('replaces only files with --force', async () => {
      const args = ['models/demo-en_fr-q4_0.gguf', '--force', '-o'];
      const { status, err } = await kyutaiStt('manifest', ...args, folder);
      assert.equal(status, 2);
      assert.match(err, /is a folder, expected a file/);
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const toPipe = await kyutaiStt('manifest', ...args, pipe);
      assert.equal(toPipe.status, 2);
      assert.match(toPipe.err, /pipe is not a regular file/);
    });
  });
});
