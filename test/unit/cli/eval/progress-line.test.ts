/** The line of progress: on a terminal only, and cleared before other output. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProgressLine } from '../../../../src/cli/eval/progress-line.js';

function written(isTTY: boolean, use: (line: ProgressLine, at: (seconds: number) => void) => void): string[] {
  const texts: string[] = [];
  let now = 0;
  const line = new ProgressLine({ isTTY, write: (text: string) => texts.push(text) }, () => 1000 * now);
  use(line, (seconds) => (now = seconds));
  return texts;
}

describe('ProgressLine', () => {
  it('replaces itself, with the time left', () => {
    const texts = written(true, (line, at) => {
      line.show('0 of 4 utterances', 0);
      at(10);
      line.show('1 of 4 utterances', 0.25);
      at(600);
      line.show('2 of 4 utterances', 0.5);
      at(9000);
      line.show('3 of 4 utterances', 0.5);
      line.clear();
    });
    assert.deepEqual(texts, [
      '\r\x1b[K0 of 4 utterances, 0 %',
      '\r\x1b[K1 of 4 utterances, 25 %, 30 s left',
      '\r\x1b[K2 of 4 utterances, 50 %, 10 min left',
      '\r\x1b[K3 of 4 utterances, 50 %, 2 h 30 min left',
      '\r\x1b[K',
    ]);
  });

  it('writes nothing to a pipe or a file', () => {
    assert.deepEqual(
      written(false, (line) => {
        line.show('1 of 4 utterances', 0.25);
        line.clear();
      }),
      [],
    );
  });
});
