/** Detection of speech, of a silent model and of repetition, and the filter of replayed words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ReplayFilter } from '../../../../src/engine/replay-filter.js';
import { RepetitionDetector, type Repetition } from '../../../../src/engine/repetition.js';
import { SpeechMeter } from '../../../../src/engine/speech-meter.js';
import { Watchdog } from '../../../../src/engine/watchdog.js';

const RATE = 12.5;
const frame = (level: number): Float32Array => new Float32Array(1920).map((_, i) => (i % 2 ? level : -level));
/** Syllables over room noise: four loud frames, then a quiet one. */
const talk = (at: number, noise = 0.001): Float32Array => frame(at % 5 === 4 ? noise : 0.1);

function secondsToFault(level: (at: number) => Float32Array, frames: number, watchdog = new Watchdog(RATE)): number {
  for (let at = 0; at < frames; at++) {
    watchdog.frame(level(at));
    if (watchdog.takeFault()) return at / RATE;
  }
  return Infinity;
}

describe('speech meter', () => {
  const speechFrames = (level: (at: number) => number, frames = 500): number => {
    const meter = new SpeechMeter();
    return Array.from({ length: frames }, (_, at) => meter.isSpeech(frame(level(at)))).filter(Boolean).length;
  };

  it('detects syllables above the noise of a room', () => {
    assert.equal(
      speechFrames((at) => (at % 5 === 4 ? 0.004 : 0.05)),
      396, // all except the four before the first pause
    );
  });

  it('treats a steady sound as noise, loud or faint', () => {
    for (const level of [0, 1e-5, 0.01, 0.5])
      assert.equal(
        speechFrames(() => level),
        0,
      );
  });

  it('treats a sound that continues as noise after a while', () => {
    const meter = new SpeechMeter();
    for (let at = 0; at < 50; at++) meter.isSpeech(frame(0.001));
    const fan = Array.from({ length: 600 }, () => meter.isSpeech(frame(0.02)));
    assert.equal(fan[0], true);
    assert.equal(fan.at(-1), false);
  });

  it('ignores faint sounds', () => {
    assert.equal(
      speechFrames((at) => (at % 5 === 4 ? 1e-5 : 0.001)),
      0,
    );
  });
});

describe('watchdog', () => {
  it('reports a silent model after five seconds of speech, not counting pauses', () => {
    const seconds = secondsToFault(talk, 500);
    assert.ok(seconds > 6 && seconds < 8, `${seconds} s`);
  });

  it('reports the end of the last word as the start of the fault', () => {
    const watchdog = new Watchdog(RATE);
    watchdog.word({ text: 'hello', end: 1.2 });
    let fault;
    for (let at = 0; at < 200 && !fault; at++) {
      watchdog.frame(talk(at));
      fault = watchdog.takeFault();
    }
    assert.deepEqual(fault, { reason: 'silent', since: 1.2, words: [] });
    assert.equal(watchdog.takeFault(), undefined);
  });

  it('reports nothing for silence or rare knocks', () => {
    assert.equal(
      secondsToFault(() => frame(0.002), 5000),
      Infinity,
    );
    assert.equal(
      secondsToFault((at) => frame(at % 12 === 0 ? 0.3 : 0.001), 5000),
      Infinity,
    );
  });

  it('reports nothing while the model produces text', () => {
    const watchdog = new Watchdog(RATE);
    for (let at = 0; at < 1000; at++) {
      watchdog.frame(talk(at));
      if (at % 50 === 0) watchdog.token();
      assert.equal(watchdog.takeFault(), undefined);
    }
  });

  it('doubles its limit after each replay without effect, up to about a minute', () => {
    const watchdog = new Watchdog(RATE);
    const times = [1, 2, 3, 4, 5, 6, 7].map(() => secondsToFault(talk, 5000, watchdog));
    for (let i = 1; i < 5; i++) assert.ok(Math.abs(times[i]! / times[i - 1]! - 2) < 0.2, times.join());
    assert.ok(Math.abs(times[6]! - times[5]!) < 1);
    watchdog.token();
    assert.ok(secondsToFault(talk, 500, watchdog) < 8);
  });

  it('reports an endless word', () => {
    const watchdog = new Watchdog(RATE);
    watchdog.word({ text: 'so', end: 2 });
    for (let i = 0; i < 39; i++) watchdog.token();
    assert.equal(watchdog.takeFault(), undefined);
    watchdog.token();
    assert.deepEqual(watchdog.takeFault(), { reason: 'loop', since: 2, words: [] });
  });
});

describe('repetition detector', () => {
  const find = (text: string): Repetition | undefined => {
    const finder = new RepetitionDetector();
    return text
      .split(' ')
      .map((word, i) => finder.word({ text: word, end: i + 1 }))
      .find((loop) => loop !== undefined);
  };

  it('detects a word repeated twelve times and a phrase repeated four times', () => {
    assert.deepEqual(find(`yes ${'no '.repeat(12).trim()}`), { since: 2, words: new Array(11).fill('no') });
    const phrase = 'thank you. ';
    assert.deepEqual(find(`and ${phrase.repeat(6).trim()}`), {
      since: 3,
      words: Array.from({ length: 10 }, (_, i) => ['thank', 'you.'][i % 2]),
    });
    assert.equal(find('one two three four five '.repeat(4).trim())?.words.length, 15);
  });

  it('ignores case and punctuation', () => {
    assert.ok(find('Go on, go on. go on go ON Go on, go on'));
  });

  it('allows ordinary repetition', () => {
    assert.equal(find('no no no no no no no no no yes'), undefined);
    assert.equal(find('la la la la la la, la la la la la do la la la la'), undefined);
    assert.equal(find('I said go home and I said go home and I said go home at last'), undefined);
  });
});

describe('replay filter', () => {
  const filter = (emitted: string[], words: string[]): string[] => {
    const log: string[] = [];
    const replay = new ReplayFilter((event) => {
      if (event.type === 'partial') log.push(`~${event.text}`);
      if (event.type === 'word') log.push(`${event.word.index} ${event.word.text}`);
      if (event.type === 'word-end') log.push(`|${event.index} ${event.end}`);
    }, emitted);
    words.forEach((text, i) => {
      const index = 7 + i;
      replay.filter({ type: 'partial', text: text.slice(0, 2), start: i });
      replay.filter({ type: 'word', word: { index, text, start: i, end: i } });
      replay.filter({ type: 'word-end', index, end: i + 1 });
    });
    return log;
  };

  it('passes all words if none were emitted before', () => {
    assert.deepEqual(filter([], ['so', 'it']), ['~so', '7 so', '|7 1', '~it', '8 it', '|8 2']);
  });

  it('drops repeated words and numbers the following ones without gaps', () => {
    assert.deepEqual(filter(['go', 'home'], ['Go', 'home.', 'now']), ['~no', '7 now', '|7 3']);
  });

  it('ends at the first word that differs', () => {
    assert.deepEqual(filter(['go', 'home', 'go'], ['go', 'far', 'go']), [
      '~fa',
      '7 far',
      '|7 2',
      '~go',
      '8 go',
      '|8 3',
    ]);
  });
});
