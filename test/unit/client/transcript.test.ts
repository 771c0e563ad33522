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

function transcriptOf(...messages: TranscriptEvent[]): Transcript {
  return messages.reduce(append, EMPTY_TRANSCRIPT);
}

describe('transcript', () => {
  it('adds words to an utterance until a final event closes it', () => {
    const transcript = transcriptOf(word(0, 'go', 0.8, 1), word(1, 'forward', 1, 1.6), final, word(2, 'ten', 3, 3.2));
    assert.deepEqual(
      transcript.utterances.map(({ id, text, isFinal, start, end }) => ({ id, text, isFinal, start, end })),
      [
        { id: 1, text: 'go forward', isFinal: true, start: 0.8, end: 1.6 },
        { id: 2, text: 'ten', isFinal: false, start: 3, end: 3.2 },
      ],
    );
    assert.equal(textOf(transcript), 'go forward\nten');
  });

  it('exposes the unfinished word until it is complete', () => {
    const growing = transcriptOf(partial('for', 1), partial('forward', 1));
    assert.deepEqual(growing.interim, { text: 'forward', start: 1 });
    assert.equal(append(growing, word(0, 'forward', 1)).interim, undefined);
  });

  it('changes only the end of an earlier word, even in a closed utterance', () => {
    const before = transcriptOf(word(0, 'go', 0.8), final, word(1, 'ten', 3));
    const after = append(before, wordEnd(0, 1.2));
    assert.deepEqual(wordsOf(after), [
      { text: 'go', start: 0.8, end: 1.2 },
      { text: 'ten', start: 3, end: 3 },
    ]);
    assert.equal(after.utterances[0]?.end, 1.2);
    assert.equal(after.utterances[1], before.utterances[1]);
  });

  it('never ends a word before its start', () => {
    assert.equal(wordsOf(append(transcriptOf(word(0, 'go', 0.8)), wordEnd(0, 0.2)))[0]?.end, 0.8);
  });

  it('ignores the end of an unknown word', () => {
    const transcript = transcriptOf(word(0, 'go', 0.8));
    assert.equal(append(transcript, wordEnd(7, 9)), transcript);
  });

  it('omits the confidence if the model gives none', () => {
    assert.ok(!('confidence' in (wordsOf(transcriptOf(word(0, 'go', 0)))[0] ?? {})));
    const sure = transcriptOf({ type: 'word', word: { index: 0, text: 'go', start: 0, end: 1, confidence: 0.9 } });
    assert.equal(wordsOf(sure)[0]?.confidence, 0.9);
  });

  it('continues to count words and utterances after it was cleared', () => {
    const rest = cleared(transcriptOf(word(0, 'go', 0), final, word(1, 'ten', 1)));
    const after = [word(2, 'meters', 2), wordEnd(2, 2.5), wordEnd(0, 9)].reduce(append, rest);
    assert.deepEqual(wordsOf(after), [{ text: 'meters', start: 2, end: 2.5 }]);
    assert.equal(after.utterances[0]?.id, 3);
  });

  it('closes the open utterance and word when the stream ends', () => {
    const closed = close(transcriptOf(word(0, 'go', 0), partial('te', 1)));
    assert.equal(closed.utterances[0]?.isFinal, true);
    assert.equal(closed.interim, undefined);
  });

  it('names the speakers in its text', () => {
    const { utterances } = transcriptOf(word(0, 'hello', 1), final, word(1, 'bye', 3));
    const spoken = utterances.map((each, lane) => ({ ...each, speaker: ['Me', ''][lane] ?? '', lane }));
    assert.equal(textOf({ ...EMPTY_TRANSCRIPT, utterances: spoken }), 'Me: hello\nbye');
  });
});
