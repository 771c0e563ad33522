/** Tests of the `kyutai-stt` command's output and exit codes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
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
      /^kyutai-stt convert: .*config\.json.*\(model-invalid\)\nUse a complete, undamaged model file\.\n$/,
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
    ['a missing path', ['a', '--type', 'f32'], /found 1 paths, expected a folder and an output file/],
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
    assert.match(out, /^Usage: kyutai-stt convert DIR OUT\.gguf/);
  });
});
