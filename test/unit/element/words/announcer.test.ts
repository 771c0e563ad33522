import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Utterance } from '../../../../src/client/transcript.js';
import { sayable } from '../../../../src/element/words/announcer.js';
import type { NewWord } from '../../../../src/element/words/new-words.js';

const words = (id: number, texts: readonly string[]): NewWord[] =>
  texts.map((text, index) => ({
    word: { text, start: index, end: index + 1 },
    utterance: { id } as Utterance,
    first: index === 0,
  }));
const many = (count: number): string[] => Array<string>(count).fill('word');

describe('sayable', () => {
  it('counts every word of a finished utterance, and none of an unfinished one', () => {
    assert.equal(sayable([...words(1, many(3)), ...words(2, many(4))], 2), 3);
    assert.equal(sayable(words(1, many(3)), undefined), 3);
    assert.equal(sayable(words(1, many(3)), 1), 0);
  });

  it('counts the finished sentences of a long unfinished utterance', () => {
    assert.equal(sayable(words(1, [...many(20), 'stop.', ...many(10)]), 1), 21);
    assert.equal(sayable(words(1, [...many(20), 'stop.', ...many(5)]), 1), 0);
  });

  it('counts all words of a very long utterance without the end of a sentence', () => {
    assert.equal(sayable(words(1, many(59)), 1), 0);
    assert.equal(sayable(words(1, many(60)), 1), 60);
  });
});
