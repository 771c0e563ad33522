/** Words with times, compared with the official words of every clip, and cases that the clips lack. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import { dispatch, type Handlers } from '../../../src/protocol/dispatch.js';
import type { WireWord } from '../../../src/protocol/stream-events.js';
import { SentencePiece } from '../../../src/text/sentencepiece.js';
import { Words, type SpeechTrack, type WordClock, type WordEvent } from '../../../src/text/words.js';

const fixtures = new URL('../../fixtures/', import.meta.url);
const parse = (path: string, pieces: number): SentencePiece =>
  SentencePiece.parse(readFileSync(new URL(path, fixtures)), path, pieces);
const demo = parse('demo/tokenizer_tiny_en_fr_256.model', 256);

const [EOP, PAD] = [0, 3];
const tokens = { paddingToken: PAD, endOfPaddingToken: EOP };
const clock: WordClock = { frameRate: 12.5, delaySteps: 6, prefixSteps: 0 };

interface Recorded {
  readonly words: (WireWord & { stop: number | null })[];
  readonly events: string[];
}

/** Runs a whole stream and records its events; checks that every word ends once. */
function transcribe(
  ids: readonly number[],
  options: Partial<WordClock> & {
    tokenizer?: SentencePiece;
    origin?: number;
    speech?: SpeechTrack;
    close?: boolean;
    probability?: number;
  } = {},
): Recorded {
  const recorded: Recorded = { words: [], events: [] };
  const handlers: Handlers<WordEvent> = {
    partial: ({ text, start }) => recorded.events.push(`~${text}@${start}`),
    word: ({ word }) => {
      recorded.events.push(`${word.text}@${word.start}-${word.end}`);
      recorded.words.push({ ...word, stop: null });
    },
    'word-end': ({ index, end }) => {
      const word = recorded.words[index];
      assert.ok(word?.stop === null, `word ${index} ends twice`);
      word.stop = end;
      recorded.events.push(`|${index}@${end}`);
    },
  };
  const words = new Words(
    options.tokenizer ?? demo,
    tokens,
    { ...clock, ...options },
    (event) => dispatch(handlers, event),
    options.origin === undefined ? {} : { origin: options.origin },
    options.speech,
  );
  for (const id of ids) words.step(id, options.probability ?? 1);
  if (options.close !== false) words.close();
  return recorded;
}

interface OfficialRun {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly words: readonly { readonly text: string; readonly start: number; readonly stop: number | null }[];
}
const clips = readdirSync(new URL('clips/', fixtures)).filter(
  (name) => name.endsWith('.json') && name !== 'index.json',
);

/** Six steps of padding, the delay: the next step is at 80 ms. */
const delay = Array<number>(6).fill(PAD);
const id = (piece: string): number => {
  const found = demo.pieces.findIndex(({ text }) => text === piece);
  assert.ok(found >= 0, `the demo tokenizer has no piece ${piece}`);
  return found;
};
const [SIX, TWO, NINE, SPACE] = [id('▁six'), id('▁two'), id('▁nine'), id('▁')];

describe('words', () => {
  it('finds every clip', () => assert.equal(clips.length, 14));

  for (const name of clips) {
    const clip = JSON.parse(readFileSync(new URL(`clips/${name}`, fixtures), 'utf8')) as Record<
      'official' | 'official_q4',
      OfficialRun
    >;
    for (const kind of ['official', 'official_q4'] as const) {
      it(`reproduces the words and times of ${name} ${kind}`, () => {
        const { words } = transcribe(clip[kind].tokens);
        const expected = clip[kind].words;
        assert.deepEqual(
          words.map(({ text, start }) => ({ text, start })),
          expected.map(({ text, start }) => ({ text, start })),
        );
        // Officially a word lasts until the next one. Here it ends before that if it would be implausibly long.
        for (const [i, { text, start, stop }] of words.entries()) {
          const next = expected[i]?.stop ?? Infinity;
          const longest = start + 0.6 + 0.1 * text.length;
          if (next <= longest) assert.equal(stop, next);
          else assert.ok(stop !== null && Math.abs(stop - longest) < 1e-9, `${text} ${start} ends at ${stop}`);
        }
        assert.equal(words.map(({ text }) => text).join(' '), clip[kind].text);
        for (const { start, end, stop } of words) assert.ok(end >= start && (stop === null || stop >= end));
      });
    }
  }

  it('starts a word at the end-of-padding token before it and sets its exact end at the next one', () => {
    const { events } = transcribe([...delay, EOP, SIX, PAD, PAD, EOP, TWO, PAD]);
    assert.deepEqual(events, ['~six@0.08', 'six@0.08-0.24', '|0@0.4', '~two@0.4', 'two@0.4-0.56', '|1@0.56']);
  });

  it('ignores tokens before the delay has passed', () => {
    assert.deepEqual(transcribe([EOP, SIX, PAD, PAD, PAD, PAD, PAD]).events, []);
  });

  it('emits a word that is open when the stream closes', () => {
    const open = transcribe([...delay, EOP, SIX], { close: false });
    assert.deepEqual(open.words, []);
    const { words } = transcribe([...delay, EOP, SIX]);
    assert.deepEqual(
      words.map(({ text, start, end, stop }) => [text, start, end, stop]),
      [['six', 0.08, 0.16, 0.16]],
    );
  });

  it('emits partial words that only grow', () => {
    const { events } = transcribe([...delay, EOP, SPACE, ...['t', 'i', 'c'].map(id), PAD]);
    assert.deepEqual(events, ['~t@0.08', '~ti@0.08', '~tic@0.08', 'tic@0.08-0.48', '|0@0.48']);
  });

  it('splits a segment of several words as if each token took one step', () => {
    const { events } = transcribe([...delay, EOP, SIX, TWO, SPACE, id('t'), PAD, EOP]);
    assert.deepEqual(events, [
      '~six@0.08',
      'six@0.08-0.16',
      '|0@0.16',
      '~two@0.16',
      'two@0.16-0.24',
      '|1@0.24',
      '~t@0.24',
      't@0.24-0.48',
      '|2@0.56',
    ]);
  });

  it('separates words without an end-of-padding token between them', () => {
    const { words } = transcribe([...delay, EOP, SIX, PAD, PAD, NINE, PAD, EOP]);
    assert.deepEqual(
      words.map(({ text, start, stop }) => [text, start, stop]),
      [
        ['six', 0.08, 0.24],
        ['nine', 0.24, 0.56],
      ],
    );
  });

  it('computes a word’s confidence as the product of its token probabilities', () => {
    const { words } = transcribe([...delay, EOP, SPACE, id('t'), PAD, EOP, SIX, TWO, PAD], { probability: 0.5 });
    assert.deepEqual(
      words.map(({ confidence }) => confidence),
      [0.25, 0.5, 0.5],
    );
  });

  it('excludes the silence prefix from the clock', () => {
    const prefix = Array<number>(10).fill(PAD);
    const { words } = transcribe([...prefix, ...delay, EOP, SIX, PAD, EOP], { prefixSteps: 10 });
    assert.deepEqual(
      words.map(({ start, stop }) => [start, stop]),
      [[0.08, 0.32]],
    );
  });

  it('continues from the given origin', () => {
    const { words } = transcribe([...delay, EOP, SIX, PAD, EOP], { origin: 100 });
    assert.deepEqual(
      words.map(({ start, stop }) => [start, stop]),
      [[100.08, 100.32]],
    );
  });

  it('emits a character once all its bytes have arrived, and replaces an incomplete one', () => {
    const tokenizer = parse('text/tokenizer_bytes_320.model', 320);
    const first = tokenizer.pieces.findIndex(({ type }) => type === 'byte');
    const { events } = transcribe([...delay, EOP, ...[0xc3, 0xa9, 0xe2, 0x82].map((byte) => first + byte), PAD], {
      tokenizer,
    });
    assert.deepEqual(events, ['~é@0.08', 'é\uFFFD\uFFFD@0.08-0.48', '|0@0.48']);
  });

  it('emits no word for tokens without text', () => {
    assert.deepEqual(transcribe([...delay, EOP, 1, 2, PAD, EOP]).events, []);
  });

  it('for any tokens: indices count up, times never decrease, every word ends once, no text is lost', () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let run = 0; run < 200; run++) {
      const ids = Array.from({ length: 80 }, () => [EOP, PAD, PAD, random(256)][random(4)] ?? PAD);
      const { words } = transcribe(ids);
      const spoken = ids.slice(5).filter((token) => token !== EOP && token !== PAD);
      assert.equal(words.map(({ text }) => text).join(''), demo.decode(spoken).replaceAll(' ', ''), ids.join(' '));
      let free = 0;
      for (const [i, { index, start, end, stop }] of words.entries()) {
        assert.equal(index, i);
        assert.ok(start >= free && end >= start && (stop ?? end) >= end, `${ids.join(' ')}: word ${i}`);
        assert.ok(stop !== null, `word ${i} never ends`);
        free = stop;
      }
    }
  });
});

describe('the end of a word', () => {
  /** Audio of as many frames as `frames` has characters: `#` is speech. */
  const audio = (frames: string): SpeechTrack => ({
    frames: frames.length,
    heard: frames.includes('#'),
    isSpeech: (frame) => frames[frame] === '#',
  });
  const pads = (count: number): number[] => Array<number>(count).fill(PAD);
  const ends = (ids: readonly number[], speech?: SpeechTrack): (number | null)[] =>
    transcribe(ids, { ...(speech && { speech }) }).words.map(({ stop }) => stop && Math.round(stop * 100) / 100);
  // "six" starts at 0.08 s and its tokens end at 0.24 s; "two" starts 40 frames later.
  const spoken = [...delay, EOP, SIX, ...pads(40), EOP, TWO, ...pads(20)];

  it('is where its speech ends, not where the next word starts', () => {
    assert.deepEqual(ends(spoken, audio(`.######${'.'.repeat(36)}#####${'.'.repeat(20)}`)), [0.56, 3.84]);
  });

  it('is not at the closure of a consonant', () => {
    assert.deepEqual(ends(spoken, audio(`.##..###${'.'.repeat(35)}#####${'.'.repeat(20)}`)), [0.64, 3.84]);
  });

  it('is before its tokens end where they take longer than the speech', () => {
    const long = [...delay, EOP, SPACE, ...['t', 'i', 'c'].map(id), ...pads(20), EOP, TWO, ...pads(20)];
    assert.equal(ends(long, audio(`.###${'.'.repeat(21)}####${'.'.repeat(20)}`))[0], 0.32);
  });

  it('is where the next word starts, if there is no pause between them', () => {
    const fluent = [...delay, EOP, SIX, ...pads(5), EOP, TWO, ...pads(20)];
    assert.equal(ends(fluent, audio(`.${'#'.repeat(14)}${'.'.repeat(20)}`))[0], 0.64);
  });

  it('is at a plausible length where the sound tells nothing: no audio, noise, or nothing found to be speech', () => {
    assert.equal(ends(spoken)[0], 0.98);
    assert.equal(ends(spoken, audio('.'.repeat(70)))[0], 0.98);
    assert.equal(ends(spoken, audio('#'.repeat(70)))[0], 0.96);
  });

  it('is known before the next word, and never after the end of the audio', () => {
    const { words } = transcribe([...delay, EOP, SIX, ...pads(30)], { speech: audio('.####.....'), close: false });
    assert.deepEqual(
      words.map(({ stop }) => stop),
      [0.4],
    );
    const late = transcribe([...delay, ...pads(4), EOP, SIX, PAD, EOP, TWO, ...pads(30)], { speech: audio('#####') });
    for (const { start, end, stop } of late.words)
      assert.ok(start <= 0.4 && end <= 0.4 && (stop ?? Infinity) <= 0.4, `${start} ${end} ${stop}`);
  });
});
