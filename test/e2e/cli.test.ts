/** The built command-line tool. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { wordsOf } from './clips.js';
import { CLIPS } from './site.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

describe('kyutai-stt transcribe', () => {
  for (const clip of ['en_human_goforward', 'fr_human_seen', 'en_long_15s']) {
    it(`gives the words of ${clip} with the packaged model`, () => {
      const output = execFileSync(process.execPath, [CLI, 'transcribe', `${CLIPS}${clip}.wav`], { encoding: 'utf8' });
      assert.equal(output.trim(), wordsOf(clip));
    });
  }

  it('prints words with times that never decrease', () => {
    const output = execFileSync(process.execPath, [CLI, 'transcribe', '--json', `${CLIPS}en_human_goforward.wav`], {
      encoding: 'utf8',
    });
    const { text, words } = JSON.parse(output) as {
      text: string;
      words: { text: string; start: number; end: number }[];
    };
    assert.equal(words.map((word) => word.text).join(' '), text);
    const times = words.flatMap(({ start, end }) => [start, end]);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
  });

  it('gives the same words with one thread and with two', () => {
    const [one, two] = ['1', '2'].map((threads) => {
      const file = `${CLIPS}en_human_goforward.wav`;
      const output = execFileSync(process.execPath, [CLI, 'transcribe', '--json', '--threads', threads, file], {
        encoding: 'utf8',
      });
      const { words, metrics } = JSON.parse(output) as { words: object[]; metrics: Record<string, unknown> };
      assert.deepEqual([metrics['threads'], metrics['fewerThreads']], [Number(threads), undefined]);
      return words;
    });
    assert.deepEqual(two, one);
  });

  it('names a file that it cannot read, and exits with 1', () => {
    const { status, stderr } = spawnSync(process.execPath, [CLI, 'transcribe', 'absent.wav'], { encoding: 'utf8' });
    assert.equal(status, 1);
    assert.match(stderr, /absent\.wav/);
  });
});
