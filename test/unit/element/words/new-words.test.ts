import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_TRANSCRIPT, type Transcript } from '../../../../src/client/transcript.js';
import { NewWords } from '../../../../src/element/words/new-words.js';

/** Utterances by id, which is also where their first word starts. */
function transcriptOf(texts: Readonly<Record<number, string>>): Transcript {
  const utterances = Object.entries(texts).map(([id, text]) => {
    const words = text.split(' ').map((word, index) => {
      const start = Number(id) + index / 10;
      return { text: word, start, end: start };
    });
    return { id: Number(id), text, words, isFinal: true, start: 0, end: 0 };
  });
  return { ...EMPTY_TRANSCRIPT, utterances };
}

describe('the new words of a transcript', () => {
  const cases: readonly (readonly [string, Record<number, string>, Record<number, string>, string])[] = [
    ['an added word', { 1: 'a b' }, { 1: 'a b c' }, '0 c'],
    ['an added utterance', { 1: 'a b' }, { 1: 'a b', 2: 'c' }, '0 /c'],
    ['nothing', { 1: 'a' }, { 1: 'a' }, '0 '],
    ['a changed last word', { 1: 'a', 2: 'b c' }, { 1: 'a', 2: 'b c,' }, '1 c,'],
    ['a changed first word', { 1: 'a', 2: 'b' }, { 1: 'a', 2: 'b,' }, '1 /b,'],
    ['a removed utterance', { 1: 'a', 2: 'b c' }, { 1: 'a' }, '2 '],
    ['a removed utterance, and a new one', { 1: 'a', 2: 'b c' }, { 1: 'a', 3: 'd' }, '2 /d'],
    ['two removed utterances', { 1: 'a', 2: 'b c', 3: 'd' }, { 1: 'a' }, '3 '],
    ['an empty transcript', { 1: 'a' }, {}, 'restarted '],
    ['another stream', { 1: 'a' }, { 1: 'b' }, 'restarted /b'],
    ['an edited utterance before the last one', { 1: 'a', 2: 'b', 3: 'c' }, { 1: 'a', 2: 'x', 3: 'c' }, '0 2: x'],
    ['an edited first utterance, and a word', { 1: 'a', 2: 'b' }, { 1: 'x', 2: 'b c' }, '0 1: x c'],
    ['a removed utterance before the last one', { 1: 'a', 2: 'b', 3: 'c' }, { 1: 'a', 3: 'c' }, 'restarted /a /c'],
    ['dropped first utterances', { 1: 'a', 2: 'b', 3: 'c' }, { 2: 'b', 3: 'c', 4: 'd' }, '0 -1 /d'],
    ['a new first utterance', { 2: 'b', 3: 'c' }, { 1: 'a', 2: 'b', 3: 'c' }, 'restarted /a /b /c'],
    ['another beginning, and a removed end', { 2: 'a', 3: 'b', 4: 'c' }, { 1: 'x', 3: 'b' }, 'restarted /x /b'],
  ];
  for (const [what, before, after, expected] of cases)
    it(`are found after ${what}`, () => {
      const reader = new NewWords();
      reader.take(transcriptOf(before));
      const { restarted, removed, edited, dropped, words } = reader.take(transcriptOf(after));
      const found = [
        ...dropped.map(({ id }) => `-${id}`),
        ...edited.map(({ id, text }) => `${id}: ${text}`),
        ...words.map(({ word, first }) => (first ? '/' : '') + word.text),
      ];
      assert.equal(`${restarted ? 'restarted' : removed} ${found.join(' ')}`, expected);
    });
});
