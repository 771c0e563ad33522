import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retimed } from '../../../../src/element/editing/retimed.js';

/** Words of a second each, the first from 0 to 1. */
const before = 'one two three four'.split(' ').map((text, index) => ({
  ...{ text, start: index, end: index + 1, confidence: 0.5 },
}));

describe('the words of an edited text', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['that stay', 'one two three four', 'one 0-1 two 1-2 three 2-3 four 3-4'],
    ['of the same number', 'one too Three four', 'one 0-1 too* 1-2 Three* 2-3 four 3-4'],
    ['that replace one', 'one t woo three four', 'one 0-1 t* 1-1.25 woo* 1.25-2 three 2-3 four 3-4'],
    ['that replace several', 'one twothree four', 'one 0-1 twothree* 1-3 four 3-4'],
    ['at two places', 'zero one two four five', 'zero* 0-0 one 0-1 two 1-2 four 3-4 five* 4-4'],
    ['without one', 'one three four', 'one 0-1 three 2-3 four 3-4'],
    ['without any', '', ''],
    ['that are all others', 'a b', 'a* 0-2 b* 2-4'],
  ];
  for (const [which, text, expected] of cases)
    it(`${which} have the times of what they replace`, () => {
      const words = retimed(before, text.split(' ').filter(Boolean));
      const found = words.map((word) => `${word.text}${word.confidence ? '' : '*'} ${word.start}-${word.end}`);
      assert.equal(found.join(' '), expected);
    });

  it('are in order, whatever changes', () => {
    for (const text of ['four three two one', 'one one one two', 'x one y two z', 'two one four three five']) {
      const words = retimed(before, text.split(' '));
      assert.equal(words.map((word) => word.text).join(' '), text);
      words.forEach((word, index) => {
        assert.ok(word.start <= word.end, text);
        assert.ok(index === 0 || word.start >= (words[index - 1]?.end ?? 0), text);
      });
    }
  });
});
