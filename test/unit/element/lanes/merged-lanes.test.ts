/** The merge of lanes: order, speakers, identity of what has not changed, echoes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { append, EMPTY_TRANSCRIPT, textOf, type Transcript } from '../../../../src/client/transcript.js';
import { MergedLanes, type LaneTraits, type MergedChange } from '../../../../src/element/lanes/merged-lanes.js';
import type { TranscriptEvent } from '../../../../src/protocol/stream-events.js';

const ME: LaneTraits = { speaker: 'Me', isMicrophone: true };
const THEM: LaneTraits = { speaker: 'Them' };

/** Lanes whose streams the test drives. */
class Streams {
  readonly merged: MergedLanes;
  readonly transcripts: Transcript[];
  readonly #counts: number[];
  last: MergedChange | undefined;

  constructor(lanes: readonly LaneTraits[] = [ME, THEM], options?: { dropsEchoes: boolean }) {
    this.merged = new MergedLanes(lanes, options);
    this.transcripts = lanes.map(() => EMPTY_TRANSCRIPT);
    this.#counts = lanes.map(() => 0);
  }

  emit(lane: number, event: TranscriptEvent, offset = 0): MergedChange {
    this.transcripts[lane] = append(this.transcripts[lane] ?? EMPTY_TRANSCRIPT, event);
    return (this.last = this.merged.update(lane, this.transcripts[lane], offset));
  }

  /** Words 0.4 s apart. */
  say(lane: number, text: string, start: number, offset = 0): MergedChange {
    for (const [i, word] of text.split(' ').entries()) {
      const index = this.#counts[lane] ?? 0;
      this.#counts[lane] = index + 1;
      const at = Math.round((start + i * 0.4) * 1000) / 1000;
      this.emit(lane, { type: 'word', word: { index, text: word, start: at, end: at + 0.3 } }, offset);
    }
    if (!this.last) throw new Error('nothing was said');
    return this.last;
  }

  end(lane: number): MergedChange {
    return this.emit(lane, { type: 'final' });
  }

  get text(): string {
    return this.last ? textOf(this.last.transcript) : '';
  }
}

describe('merged lanes', () => {
  it('orders utterances by time and names their speakers', () => {
    const streams = new Streams();
    streams.say(0, 'good morning', 3);
    const { transcript } = streams.say(1, 'hello', 1);
    assert.equal(textOf(transcript), 'Them: hello\nMe: good morning');
    assert.deepEqual(
      transcript.utterances.map(({ id, speaker, lane, start }) => ({ id, speaker, lane, start })),
      [
        { id: 2, speaker: 'Them', lane: 1, start: 1 },
        { id: 1, speaker: 'Me', lane: 0, start: 3 },
      ],
    );
  });

  it('keeps an utterance whole while another speaks, and reports only what changed', () => {
    const streams = new Streams();
    streams.say(0, 'I think', 1);
    const before = streams.say(1, 'yes', 1.6).transcript.utterances[1];
    const { transcript, changed } = streams.say(0, 'that works', 1.8);
    assert.equal(textOf(transcript), 'Me: I think that works\nThem: yes');
    assert.equal(transcript.utterances[1], before, 'an utterance that has not changed stays the same object');
    assert.deepEqual(
      changed.map(({ speaker, text }) => [speaker, text]),
      [['Me', 'I think that works']],
    );
    assert.deepEqual(
      streams.end(0).changed.map(({ text, isFinal }) => [text, isFinal]),
      [['I think that works', true]],
    );
  });

  it('updates the end of a word without a report', () => {
    const streams = new Streams();
    streams.say(0, 'hello', 1);
    const { transcript, changed } = streams.emit(0, { type: 'word-end', index: 0, end: 1.9 });
    assert.equal(transcript.utterances[0]?.end, 1.9);
    assert.deepEqual(changed, []);
  });

  it('moves the times of a lane that began later', () => {
    const streams = new Streams();
    streams.say(1, 'hello', 2);
    const { transcript } = streams.say(0, 'there', 0.5, 1.2504);
    assert.equal(textOf(transcript), 'Me: there\nThem: hello');
    const [word] = transcript.utterances[0]?.words ?? [];
    assert.deepEqual([word?.start, word?.end], [1.75, 2.05]);
  });

  it('removes what was cleared, and counts on', () => {
    const streams = new Streams();
    streams.say(0, 'hello', 1);
    streams.end(0);
    streams.merged.update(0, { ...EMPTY_TRANSCRIPT, forgotten: { utterances: 1, words: 1 } });
    streams.transcripts[0] = { ...EMPTY_TRANSCRIPT, forgotten: { utterances: 1, words: 1 } };
    assert.deepEqual(
      streams.say(0, 'again', 3).transcript.utterances.map(({ id, text }) => [id, text]),
      [[2, 'again']],
    );
  });

  it('has the unfinished words of all lanes, and the latest as the transcript’s', () => {
    const streams = new Streams();
    streams.emit(1, { type: 'partial', text: 'wel', start: 1.4 });
    const { interims, transcript } = streams.emit(0, { type: 'partial', text: 'go', start: 1 });
    assert.deepEqual(
      interims.map(({ text, speaker }) => [speaker, text]),
      [
        ['Me', 'go'],
        ['Them', 'wel'],
      ],
    );
    assert.deepEqual(transcript.interim, { text: 'wel', start: 1.4, speaker: 'Them', lane: 1 });
  });
});

describe('echoes between lanes', () => {
  it('drops what the microphone hears of another lane, and keeps what is said into it', () => {
    const streams = new Streams();
    streams.say(1, 'Can you hear me?', 1);
    streams.say(0, 'can you hear me', 1.2);
    streams.say(0, 'yes I can', 3);
    assert.equal(streams.text, 'Them: Can you hear me?\nMe: yes I can');
  });

  it('takes back a word of the microphone that arrived before its original', () => {
    const streams = new Streams();
    streams.say(0, 'hello', 1.2);
    const { transcript, changed } = streams.say(1, 'hello', 1);
    assert.equal(textOf(transcript), 'Them: hello');
    assert.deepEqual(
      changed.map(({ id, speaker, text, words }) => [id, speaker, text, words.length]),
      [
        [2, 'Them', 'hello', 1],
        [1, 'Me', '', 0],
      ],
    );
    // Words that are the microphone's own join the same utterance.
    const [mine] = streams.say(0, 'listen', 1.9).changed;
    assert.deepEqual([mine?.id, mine?.text], [1, 'listen']);
  });

  it('leaves a final utterance alone', () => {
    const streams = new Streams();
    streams.say(0, 'hello', 1.2);
    streams.end(0);
    assert.equal(textOf(streams.say(1, 'hello', 1).transcript), 'Them: hello\nMe: hello');
  });

  it('drops the microphone’s word also where the model places it a little before the original', () => {
    for (const first of [0, 1]) {
      const streams = new Streams();
      for (const lane of [first, 1 - first]) streams.say(lane, 'hello there', lane === 0 ? 0.92 : 1);
      assert.equal(streams.text, 'Them: hello there', `lane ${first} first`);
    }
  });

  it('drops the later one of two lanes without a microphone, in either direction', () => {
    for (const [echo, original] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const streams = new Streams([{ speaker: '1' }, { speaker: '2' }]);
      streams.say(original, 'one two three four', 1);
      streams.say(echo, 'one two', 1.16);
      streams.say(echo, 'three', 1.72); // 80 ms early: by now it is known which lane hears the other
      streams.say(echo, 'four', 2.4);
      assert.equal(streams.text, `${original + 1}: one two three four`);
    }
  });

  it('drops what comes back from the other end of the call', () => {
    const streams = new Streams();
    streams.say(0, 'one two three', 1);
    streams.say(1, 'one two three', 1.6);
    assert.equal(streams.text, 'Me: one two three');
  });

  it('drops one echo of each word: what is said twice is kept once', () => {
    const streams = new Streams();
    streams.say(1, 'no', 1);
    streams.say(0, 'no no', 1.2);
    assert.equal(streams.text, 'Them: no\nMe: no');
  });

  it('keeps the same word after a second, other words at once, and punctuation', () => {
    const streams = new Streams();
    streams.say(1, 'yes', 1);
    streams.say(0, 'yes', 2.001);
    streams.say(0, 'maybe', 2.4);
    streams.say(1, '?', 3.5);
    streams.say(0, '?', 3.6);
    assert.equal(streams.text, 'Them: yes ?\nMe: yes maybe ?');
  });

  it('compares words whatever their case, punctuation and Unicode form', () => {
    const streams = new Streams();
    streams.say(1, 'Voilà, l’été', 1);
    streams.say(0, 'voila\u0300 l’ÉTÉ!', 1.3);
    assert.equal(streams.text, 'Them: Voilà, l’été');
  });

  it('drops an echo in each of several lanes', () => {
    const streams = new Streams([ME, THEM, { speaker: 'Room', isMicrophone: true }]);
    streams.say(1, 'hello', 1);
    streams.say(0, 'hello', 1.1);
    streams.say(2, 'hello', 1.2);
    assert.equal(streams.text, 'Them: hello');
  });

  it('hides an unfinished word that may become an echo', () => {
    const streams = new Streams();
    streams.say(1, 'forward', 1);
    assert.deepEqual(streams.emit(0, { type: 'partial', text: 'forw', start: 1.2 }).interims, []);
    assert.equal(streams.emit(0, { type: 'partial', text: 'for me', start: 1.2 }).interims.length, 1);
  });

  it('hides the microphone’s unfinished word while the other lane’s is unfinished, too', () => {
    const streams = new Streams();
    streams.emit(1, { type: 'partial', text: 'forw', start: 1 });
    const { interims } = streams.emit(0, { type: 'partial', text: 'for', start: 1.2 });
    assert.deepEqual(
      interims.map(({ speaker }) => speaker),
      ['Them'],
    );
  });

  it('keeps everything if it is told to', () => {
    const streams = new Streams([ME, THEM], { dropsEchoes: false });
    streams.say(1, 'hello', 1);
    streams.say(0, 'hello', 1.2);
    assert.equal(streams.text, 'Them: hello\nMe: hello');
  });

  it('finds every echo of an hour of speech', () => {
    const streams = new Streams();
    for (let minute = 0; minute < 60; minute++) {
      for (let n = 0; n < 50; n++) {
        const start = minute * 60 + n;
        streams.say(1, `word${n}`, start);
        streams.say(0, `word${n}`, start + 0.3);
        if (n % 10 === 9) [0, 1].forEach((lane) => streams.end(lane));
      }
    }
    const { utterances } = streams.last?.transcript ?? EMPTY_TRANSCRIPT;
    assert.ok(utterances.every(({ speaker }) => speaker === 'Them'));
    assert.equal(utterances.flatMap(({ words }) => words).length, 3000);
  });
});
