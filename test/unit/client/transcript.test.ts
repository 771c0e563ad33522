import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  append,
  cleared,
  close,
  EMPTY_TRANSCRIPT,
  textOf,
  wordsOf,
  type Transcript,
} from '../../../src/client/transcript.js';
import type { TranscriptEvent } from '../../../src/protocol/stream-events.js';

const word = (index: number, text: string, start: number, end = start): TranscriptEvent => ({
  type: 'word',
  word: { index, text, start, end },
});
const final: TranscriptEvent = { type: 'final' };
const partial = (text: string, start: number): TranscriptEvent => ({ type: 'partial', text, start });
const wordEnd = (index: number, end: number): TranscriptEvent => ({ type: 'word-end', index, end });

function heard(...messages: TranscriptEvent[]): Transcript {
  return messages.reduce(append, EMPTY_TRANSCRIPT);
}

describe('transcript', () => {
  it('gathers words into an utterance that final closes', () => {
    const transcript = heard(word(0, 'go', 0.8, 1), word(1, 'forward', 1, 1.6), final, word(2, 'ten', 3, 3.2));
    assert.deepEqual(
      transcript.utterances.map(({ id, text, isFinal, start, end }) => ({ id, text, isFinal, start, end })),
      [
        { id: 1, text: 'go forward', isFinal: true, start: 0.8, end: 1.6 },
        { id: 2, text: 'ten', isFinal: false, start: 3, end: 3.2 },
      ],
    );
    assert.equal(textOf(transcript), 'go forward\nten');
  });

  it('shows the unfinished word until it is a word', () => {
    const growing = heard(partial('for', 1), partial('forward', 1));
    assert.deepEqual(growing.interim, { text: 'forward', start: 1 });
    assert.equal(append(growing, word(0, 'forward', 1)).interim, undefined);
  });

  it('moves the end of an earlier word, in a closed utterance too, and nothing else', () => {
    const before = heard(word(0, 'go', 0.8), final, word(1, 'ten', 3));
    const after = append(before, wordEnd(0, 1.2));
    assert.deepEqual(wordsOf(after), [
      { text: 'go', start: 0.8, end: 1.2 },
      { text: 'ten', start: 3, end: 3 },
    ]);
    assert.equal(after.utterances[0]?.end, 1.2);
    assert.equal(after.utterances[1], before.utterances[1]);
  });

  it('never lets a word end before it starts', () => {
    assert.equal(wordsOf(append(heard(word(0, 'go', 0.8)), wordEnd(0, 0.2)))[0]?.end, 0.8);
  });

  it('ignores the end of a word it never heard', () => {
    const transcript = heard(word(0, 'go', 0.8));
    assert.equal(append(transcript, wordEnd(7, 9)), transcript);
  });

  it('leaves out the confidence where the model gives none', () => {
    assert.ok(!('confidence' in (wordsOf(heard(word(0, 'go', 0)))[0] ?? {})));
    const sure = heard({ type: 'word', word: { index: 0, text: 'go', start: 0, end: 1, confidence: 0.9 } });
    assert.equal(wordsOf(sure)[0]?.confidence, 0.9);
  });

  it('counts words and utterances on after it was cleared', () => {
    const rest = cleared(heard(word(0, 'go', 0), final, word(1, 'ten', 1)));
    const after = [word(2, 'meters', 2), wordEnd(2, 2.5), wordEnd(0, 9)].reduce(append, rest);
    assert.deepEqual(wordsOf(after), [{ text: 'meters', start: 2, end: 2.5 }]);
    assert.equal(after.utterances[0]?.id, 3);
  });

  it('closes whatever was open when the stream ends', () => {
    const closed = close(heard(word(0, 'go', 0), partial('te', 1)));
    assert.equal(closed.utterances[0]?.isFinal, true);
    assert.equal(closed.interim, undefined);
  });
});
