/** The trie of a stream's phrases, and how it changes the choice of a token. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nextNode, preferPhrases } from '../../../kernels/reference/phrases.js';
import { NO_PHRASES, phraseTable, type SpelledPhrase } from '../../../src/lm/phrase-table.js';

const TOKENS = { paddingToken: 3, endOfPaddingToken: 0 };
const [PAD, WORD] = [3, 0];

/** Words as lists of pieces. */
const phrase = (boost: number, ...words: readonly (readonly number[])[]): SpelledPhrase => ({
  boost,
  pieces: words.flatMap((word) => word.map((token, i) => ({ token, startsWord: i === 0 }))),
});

/** Logits of 0 but for those given. */
const logits = (given: Readonly<Record<number, number>>): Float32Array => {
  const all = new Float32Array(32);
  for (const [token, value] of Object.entries(given)) all[Number(token)] = value;
  return all;
};

/** The tokens chosen for the given logits, one after another. */
function choose(table: Uint32Array, steps: readonly Float32Array[]): number[] {
  let node = 0;
  return steps.map((step) => {
    const choice = { token: step.indexOf(Math.max(...step.filter(Number.isFinite))), probability: 1 };
    preferPhrases(step, table, node, choice, TOKENS);
    node = nextNode(table, node, choice.token, TOKENS);
    return choice.token;
  });
}

describe('phrases', () => {
  it('replace a piece that is about as likely, and no other', () => {
    const table = phraseTable([phrase(1, [10])]);
    assert.deepEqual(choose(table, [logits({ 20: 5, 10: 4.5 })]), [10]);
    assert.deepEqual(choose(table, [logits({ 20: 5, 10: 3.5 })]), [20]);
    assert.deepEqual(choose(NO_PHRASES, [logits({ 20: 5, 10: 4.5 })]), [20]);
  });

  it('are preferred more, the more of them was written', () => {
    const table = phraseTable([phrase(1, [10, 11], [12])]);
    const close = [
      logits({ 10: 5, 20: 4 }),
      logits({ 21: 5, 11: 3.5 }),
      logits({ [WORD]: 5 }),
      logits({ 22: 5, 12: 3.5 }),
    ];
    assert.deepEqual(choose(table, close), [10, 11, WORD, 12]);
    // Without the first word, the second is a word like any other.
    assert.deepEqual(choose(table, [logits({ 22: 5, 12: 3.5 })]), [22]);
  });

  it('begin only where the model writes, and end their words', () => {
    const table = phraseTable([phrase(10, [10, 11])]);
    for (const token of [PAD, WORD]) assert.deepEqual(choose(table, [logits({ [token]: 5, 10: 4 })]), [token]);
    assert.deepEqual(choose(table, [logits({ 10: 5 }), logits({ [PAD]: 5, 11: 4 })]), [10, 11]);
  });

  it('go on after padding, and after an announced word only with a new word', () => {
    const table = phraseTable([phrase(2, [10], [12]), phrase(2, [10, 11])]);
    assert.deepEqual(choose(table, [logits({ 10: 5 }), logits({ [PAD]: 9 }), logits({ 20: 5, 11: 4 })]), [10, PAD, 11]);
    const announced = [logits({ 10: 5 }), logits({ [WORD]: 9 })];
    assert.deepEqual(choose(table, [...announced, logits({ 20: 5, 11: 4 })]), [10, WORD, 20]);
    assert.deepEqual(choose(table, [...announced, logits({ 20: 5, 12: 4 })]), [10, WORD, 12]);
  });

  it('that share a beginning have the larger boost', () => {
    const table = phraseTable([phrase(1, [10, 11]), phrase(3, [10, 12])]);
    assert.deepEqual(choose(table, [logits({ 20: 5, 10: 2.5 }), logits({ 20: 5, 12: 0.5 })]), [10, 12]);
  });

  it('restart after a word that breaks off', () => {
    const table = phraseTable([phrase(1, [10], [11], [12])]);
    const steps = [logits({ 10: 5 }), logits({ 20: 5 }), logits({ 22: 5, 11: 4.5 }), logits({ 22: 5, 10: 4.5 })];
    assert.deepEqual(choose(table, steps), [10, 20, 22, 10]);
  });

  it('never choose a logit that is not finite, and take the first of equal ones', () => {
    const table = phraseTable([phrase(1, [10]), phrase(1, [9]), phrase(1, [8])]);
    assert.deepEqual(choose(table, [logits({ 20: 5, 10: NaN, 9: -Infinity })]), [20]);
    assert.deepEqual(choose(table, [logits({ 20: 5, 10: 4.5, 9: 4.5 })]), [9]);
  });

  it('report the probability of the piece', () => {
    const choice = { token: 20, probability: 0.5 };
    preferPhrases(logits({ 20: 5, 10: 4.5 }), phraseTable([phrase(1, [10])]), 0, choice, TOKENS);
    assert.equal(choice.token, 10);
    assert.ok(Math.abs(choice.probability - 0.5 * Math.exp(-0.5)) < 1e-6);
  });

  it('of a boost of 0 change nothing, and too many are refused', () => {
    assert.deepEqual(choose(phraseTable([phrase(0, [10])]), [logits({ 20: 5, 10: 4.9 })]), [20]);
    const many = Array.from({ length: 700 }, (_, i) => phrase(1, [i + 40], [i + 5000], [i + 6000]));
    assert.throws(
      () => phraseTable(many),
      /The phrases have 2100 pieces, expected about \d+ at most.*\(invalid-argument\)/,
    );
    const two = phraseTable(many.slice(0, 300));
    assert.equal(nextNode(two, nextNode(two, 0, 139, TOKENS), 5099, TOKENS) > 0, true);
  });
});
