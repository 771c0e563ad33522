/** Counts of equal codes and tokens, and of word errors. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  compareCodes,
  compareSequences,
  compareWords,
  shareOf,
  sumOf,
  wordErrorRate,
} from '../../../src/verify/compare.js';

describe('comparing with a reference', () => {
  it('counts equal tokens and finds the first difference', () => {
    assert.deepEqual(compareSequences([1, 2, 3], [1, 2, 3]), { equal: 3, total: 3 });
    assert.deepEqual(compareSequences([1, 9, 3, 9], [1, 2, 3, 4]), { equal: 2, total: 4, firstDifference: 1 });
  });

  it('counts missing tokens as different and ignores further ones', () => {
    assert.deepEqual(compareSequences([1], [1, 2]), { equal: 1, total: 2, firstDifference: 1 });
    assert.deepEqual(compareSequences([1, 2, 3], [1, 2]), { equal: 2, total: 2 });
    assert.equal(shareOf(compareSequences([], [])), 0);
  });

  it('counts codes for each codebook, also where frames are missing', () => {
    const codebooks = compareCodes([1, 2, 3, 9], [1, 2, 3, 4, 5, 6], 2);
    assert.deepEqual(codebooks, [
      { equal: 2, total: 3, firstDifference: 2 },
      { equal: 1, total: 3, firstDifference: 1 },
    ]);
    assert.deepEqual(sumOf(codebooks), { equal: 3, total: 6 });
  });

  it('counts substitutions, insertions and deletions, without capitals and punctuation', () => {
    const cases: [string, string, number, number][] = [
      ['The water’s surface.', "the water's surface", 0, 3],
      ['a b c', 'a x c', 1, 3],
      ['a b c', 'a c', 1, 2],
      ['a c', 'a b c', 1, 3],
      ['', 'a b c', 3, 3],
      ['c a b', 'a b c', 2, 3],
      ['« Où est-il ? »', 'où est-il', 0, 2],
    ];
    for (const [found, expected, errors, words] of cases)
      assert.deepEqual(compareWords(found, expected), { errors, words }, `${found} | ${expected}`);
    assert.equal(wordErrorRate({ errors: 2, words: 0 }), 1);
    assert.equal(wordErrorRate({ errors: 0, words: 0 }), 0);
  });
});
