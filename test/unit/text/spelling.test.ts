/** Phrases are spelled as SentencePiece's own encoder spells them (Python package sentencepiece 0.2). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Spelling } from '../../../src/text/spelling.js';
import { tokenizer } from '../engine/fake-model.js';

const GOLDEN: readonly (readonly [phrase: string, tokens: readonly number[]])[] = [
  ['go forward', [20, 105, 106]],
  ['red meters', [120, 4, 34]],
  ['yesterday', [55, 255, 194, 154, 192, 150, 244]],
  ['quatre vingt', [4, 22, 4, 250, 254, 157, 252, 255]],
  ['zéro', [16]],
  ['mètres', [4, 33]],
  ['turn again', [29, 88]],
  ['  blue   light ', [109, 44]],
  ['afterwards', [13, 224, 255, 194, 129, 126]],
];

describe('the spelling of a phrase', () => {
  const spelling = new Spelling(tokenizer);

  it('is that of SentencePiece', () => {
    for (const [phrase, tokens] of GOLDEN) {
      const pieces = spelling.spell(phrase);
      assert.ok(typeof pieces !== 'string', phrase);
      assert.deepEqual(
        pieces.map(({ token }) => token),
        tokens,
        phrase,
      );
    }
  });

  it('tells which pieces start a word', () => {
    const starts = (phrase: string): unknown => {
      const pieces = spelling.spell(phrase);
      return typeof pieces === 'string' ? pieces : pieces.map(({ startsWord }) => startsWord);
    };
    assert.deepEqual(starts('go forward'), [true, true, false]);
    assert.deepEqual(starts('turn again'), [true, true]);
  });

  it('names a character without a piece', () => {
    assert.equal(spelling.spell('la Warsaw'), 'W');
    assert.equal(spelling.spell('€ 5'), '€');
    assert.equal(spelling.spell('go 🙂'), '🙂');
  });
});
