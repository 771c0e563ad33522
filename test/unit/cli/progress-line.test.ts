/** The progress bar: on a terminal only, and cleared before other output. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { ProgressLine } from '../../../src/cli/progress-line.js';

/** What a terminal of so many columns is sent by `use`, the bar's redraws included. */
function written(
  isTTY: boolean,
  use: (line: ProgressLine, at: (seconds: number) => void) => void,
  columns = 80,
): string {
  let text = '';
  let now = 0;
  const stream = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk);
      done();
    },
  });
  const line = new ProgressLine(Object.assign(stream, { isTTY, columns }), () => 1000 * now);
  use(line, (seconds) => (now = seconds));
  line.clear();
  return text;
}

/** The bar as it is after `show`. */
function bar(share: number, seconds: number, columns?: number): string {
  const text = written(
    true,
    (line, at) => {
      at(seconds);
      line.show('1 of 4 recordings', share);
    },
    columns,
  );
  return /[█░]+[^\x1b]*/.exec(text)?.[0] ?? ''; // eslint-disable-line no-control-regex
}

describe('ProgressLine', () => {
  it('draws a bar with the time left', () => {
    assert.equal(bar(0, 0), `${'░'.repeat(24)} 0 %, 1 of 4 recordings`);
    assert.equal(bar(0.25, 10), `${'█'.repeat(6)}${'░'.repeat(18)} 25 %, 1 of 4 recordings, 30 s left`);
    assert.equal(bar(0.5, 600), `${'█'.repeat(12)}${'░'.repeat(12)} 50 %, 1 of 4 recordings, 10 min left`);
    assert.equal(bar(0.5, 9000), `${'█'.repeat(12)}${'░'.repeat(12)} 50 %, 1 of 4 recordings, 2 h 30 min left`);
    assert.equal(bar(1, 9000), `${'█'.repeat(24)} 100 %, 1 of 4 recordings, 0 s left`);
  });

  it('clears its line, and draws it again', () => {
    const text = written(true, (line) => {
      line.show('1 of 4 recordings', 0.25);
      line.clear();
      line.show('2 of 4 recordings', 0.5);
    });
    assert.match(text, /1 of 4.*\x1b\[2K.*2 of 4.*\x1b\[2K$/s); // eslint-disable-line no-control-regex
  });

  it('fits in a narrow terminal, and leaves the terminal’s settings alone', () => {
    assert.equal(bar(0.25, 10, 29), `${'█'.repeat(6)}${'░'.repeat(18)} 25 %`);
    const text = written(true, (line) => line.show('1 of 4 recordings', 0.25));
    assert.doesNotMatch(text, /\x1b\[\?/); // eslint-disable-line no-control-regex
  });

  it('writes nothing to a pipe or a file', () => {
    assert.equal(
      written(false, (line) => line.show('1 of 4 recordings', 0.25)),
      '',
    );
  });
});
