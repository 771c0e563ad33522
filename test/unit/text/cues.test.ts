/** Caption files: format, line lengths and times. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toSRT, toVTT, type CueWord } from '../../../src/text/cues.js';

/** Words of `seconds` each, without gaps. */
const speak = (text: string, from = 0, seconds = 0.3): CueWord[] =>
  text.split(' ').map((word, i) => ({ text: word, start: from + i * seconds, end: from + (i + 1) * seconds }));

interface ParsedCue {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

const TIMING = /^(\d{2,}):([0-5]\d):([0-5]\d)[.,](\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)[.,](\d{3})$/;

function parse(file: string): ParsedCue[] {
  return file
    .trim()
    .split('\n\n')
    .filter((block) => block.includes(' --> '))
    .map((block) => {
      const lines = block.split('\n');
      const at = lines.findIndex((line) => line.includes(' --> '));
      const match = TIMING.exec(lines[at] ?? '');
      assert.ok(match, `not a timing line: ${lines[at]}`);
      const [h1 = 0, m1 = 0, s1 = 0, x1 = 0, h2 = 0, m2 = 0, s2 = 0, x2 = 0] = match.slice(1).map(Number);
      return {
        start: ((h1 * 60 + m1) * 60 + s1) * 1000 + x1,
        end: ((h2 * 60 + m2) * 60 + s2) * 1000 + x2,
        lines: lines.slice(at + 1),
      };
    });
}

function checkTimes(cues: readonly ParsedCue[]): void {
  let free = 0;
  for (const { start, end } of cues) {
    assert.ok(start >= free, `a cue starts at ${start} ms, the one before ends at ${free} ms`);
    assert.ok(end > start, `a cue lasts from ${start} to ${end} ms`);
    free = end;
  }
}

describe('cues', () => {
  it('writes a WebVTT file', () => {
    assert.equal(toVTT([speak('hello world', 1)]), 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nhello world\n');
  });

  it('writes a SubRip file', () => {
    const srt = toSRT([speak('hello world', 3599.5), speak('again', 3661)]);
    assert.equal(srt, '1\n00:59:59,500 --> 01:00:00,500\nhello world\n\n2\n01:01:01,000 --> 01:01:02,000\nagain\n');
  });

  it('writes only the header without words', () => {
    assert.equal(toVTT([]), 'WEBVTT\n');
    assert.equal(toVTT([[], [{ text: ' ', start: 0 }]]), 'WEBVTT\n');
    assert.equal(toSRT([]), '');
  });

  it('writes every word once, in cues of at most two lines of 42 characters', () => {
    const text =
      'l’été dernier nous sommes allés nous promener au bord de la mer avec des amis venus de très loin pour voir les bateaux rentrer au port avant la nuit';
    const cues = parse(toVTT([speak(text)]));
    assert.ok(cues.length > 1);
    for (const { lines } of cues) {
      assert.ok(lines.length <= 2, `${lines.length} lines`);
      for (const line of lines) assert.ok(Array.from(line).length <= 42, line);
    }
    assert.equal(cues.flatMap(({ lines }) => lines).join(' '), text);
    checkTimes(cues);
  });

  it('splits a word that is longer than a line', () => {
    const cues = parse(
      toSRT([
        [
          { text: 'é'.repeat(200), start: 0, end: 2 },
          { text: 'ok', start: 2, end: 2.2 },
        ],
      ]),
    );
    assert.equal(
      cues
        .flatMap(({ lines }) => lines)
        .join('')
        .replace(' ok', '')
        .replace('ok', ''),
      'é'.repeat(200),
    );
    for (const { lines } of cues) assert.ok(lines.length <= 2 && lines.every((line) => line.length <= 42));
    checkTimes(cues);
  });

  it('starts a new cue between turns, at pauses and after sentences', () => {
    const cues = parse(
      toVTT([[...speak('one two', 0), ...speak('three four.', 2, 0.6), ...speak('five', 3.2)], speak('six', 3.5)]),
    );
    assert.deepEqual(
      cues.map(({ lines }) => lines.join('|')),
      ['one two', 'three four.', 'five', 'six'],
    );
    checkTimes(cues);
  });

  it('splits a cue that would last longer than seven seconds', () => {
    const cues = parse(toVTT([speak('a b c d e f g h i j', 0, 1)]));
    assert.equal(cues.length, 2);
    checkTimes(cues);
  });

  it('keeps times in order for a last word without an end, equal starts and decreasing starts', () => {
    const words: CueWord[][] = [
      [{ text: 'one.', start: 1, end: 1 }],
      [{ text: 'two.', start: 1 }],
      [{ text: 'three.', start: 0.5, end: 0.2 }],
      [{ text: 'four', start: 2 }],
    ];
    const cues = parse(toVTT(words));
    assert.equal(cues.length, 4);
    checkTimes(cues);
  });

  it('lasts one to seven seconds: joins short sentences, and begins late after a short utterance', () => {
    const joined = parse(toVTT([[...speak('Yes. No. Why?', 0), ...speak('Because it is late.', 1.2)]]));
    assert.deepEqual(
      joined.map(({ lines, start, end }) => [lines.join('|'), start, end]),
      [
        ['Yes. No. Why?', 0, 1000],
        ['Because it is late.', 1200, 2400],
      ],
    );
    const dialogue = parse(toVTT([speak('yes', 0), speak('no', 0.5), speak('maybe', 2.5)]));
    assert.deepEqual(
      dialogue.map(({ start, end }) => [start, end]),
      [
        [0, 1000],
        [1000, 2000],
        [2500, 3500],
      ],
    );
    // However fast the speakers change, the captions stay within a second of them.
    const rapid = parse(toVTT(Array.from({ length: 20 }, (_, i) => speak('no', i * 0.4))));
    rapid.forEach(({ start }, i) => assert.ok(start - i * 400 <= 1000, `cue ${i} starts at ${start}`));
    checkTimes(rapid);
    assert.equal(parse(toVTT([[{ text: 'drone', start: 0, end: 30 }]]))[0]?.end, 7000);
  });

  it('does not span a pause, and ends soon after its last word', () => {
    const cues = parse(toVTT([[...speak('zero zéro', 5), ...speak('cinq sept', 10)]]));
    assert.deepEqual(
      cues.map(({ lines, start, end }) => [lines.join('|'), start, end]),
      [
        ['zero zéro', 5000, 6000],
        ['cinq sept', 10_000, 11_000],
      ],
    );
  });

  it('does not end after the media', () => {
    for (const [from, seconds] of [
      [20, 0.5],
      [21.5, 0.3],
      [21.7, 0.3],
      [30, 0.3],
    ] as const) {
      const cues = parse(toVTT([speak('one two', 18), speak('the end', from, seconds)], 21.76));
      checkTimes(cues);
      for (const { start, end } of cues) assert.ok(end <= 21_760 && end - start >= 1000, `${start} to ${end}`);
    }
    // Nothing is known about the length before the media is loaded; a stream has none.
    for (const duration of [NaN, Infinity, undefined])
      assert.equal(parse(toVTT([speak('one', 18)], duration))[0]?.end, 19_000);
  });

  it('escapes markup characters in WebVTT', () => {
    const [, body] = toVTT([[{ text: '<b>&-->\n\nx', start: 0, end: 1 }]]).split('\n\n');
    assert.equal(body, '00:00:00.000 --> 00:00:01.000\n&lt;b&gt;&amp;--&gt; x\n');
    assert.equal(parse(toSRT([[{ text: 'a --> b', start: 0, end: 1 }]])).length, 1);
  });

  it('gives each cue the voice of its speaker in WebVTT, and a label in SubRip', () => {
    const utterances = [
      { speaker: 'Me', words: speak('hello') },
      { speaker: 'R&D <2>', words: speak('good morning', 2) },
      { words: speak('nobody’s', 5) },
    ];
    const [, ...blocks] = toVTT(utterances).trim().split('\n\n');
    assert.deepEqual(
      blocks.map((block) => block.split('\n')[1]),
      ['<v Me>hello', '<v R&amp;D &lt;2&gt;>good morning', 'nobody’s'],
    );
    assert.deepEqual(
      parse(toSRT(utterances)).map(({ lines }) => lines),
      [['Me: hello'], ['R&D <2>: good morning'], ['nobody’s']],
    );
  });

  it('breaks lines with the label, which only SubRip shows', () => {
    const utterances = [{ speaker: 'Somebody else', words: speak('it is a fine day for a long walk in town', 0, 0.2) }];
    assert.deepEqual(parse(toSRT(utterances))[0]?.lines, [
      'Somebody else: it is a fine day for a long',
      'walk in town',
    ]);
    assert.equal(toVTT(utterances).split('\n')[3], '<v Somebody else>it is a fine day for a long walk in town');
  });

  it('shows what is said at the same time at the same time, each speaker’s cues in order', () => {
    const utterances = [
      { speaker: 'Me', words: speak('one two three four five. six seven eight nine ten', 0, 1) },
      { speaker: 'Them', words: speak('yes', 3) },
    ];
    const [, ...blocks] = toVTT(utterances).trim().split('\n\n');
    const said = blocks.map((block) => block.split('\n')[1]);
    assert.deepEqual(said, ['<v Me>one two three four five.', '<v Them>yes', '<v Me>six seven eight nine ten']);
    const cues = parse(toVTT(utterances));
    assert.equal(cues[1]?.start, 3000);
    checkTimes(cues.filter((_, index) => index !== 1));
  });
});
