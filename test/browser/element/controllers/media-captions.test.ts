import { assert, fixture, html } from '@open-wc/testing';
import { append, textOf, type Transcript } from '../../../../src/client/transcript.js';
import { MediaCaptions, type Continuation } from '../../../../src/element/controllers/media-captions.js';
import type { CueDetail } from '../../../../src/element/media/caption-track.js';
import type { StreamEvent } from '../../../../src/protocol/stream-events.js';
import { silence } from '../silence.js';

/** A media element and a stream without audio: the test advances both clocks. */
class Player {
  readonly emitted: CueDetail[] = [];
  readonly media: HTMLMediaElement;
  captions!: MediaCaptions;
  transcript!: Transcript;
  #filter!: Continuation['filter'];
  #now = 0;
  #stream = 0;
  #words = 0;
  readonly #state = {
    currentTime: 0,
    paused: false,
    seeking: false,
    ended: false,
    playbackRate: 1,
    readyState: 4,
    duration: 7_200,
    currentSrc: 'https://example.org/talk.webm',
  };

  constructor(media: HTMLMediaElement) {
    const state: Readonly<Record<string, unknown>> = this.#state;
    for (const name of Object.keys(state))
      Object.defineProperty(media, name, { get: () => state[name], configurable: true });
    this.media = media;
    this.start();
  }

  /** A new stream; by default of the same element. */
  start(cue: (cue: CueDetail) => void = this.#cue): this {
    this.captions = MediaCaptions.of(this.media, { label: 'Live', mode: 'hidden', cue }, undefined);
    this.captions.begin();
    const { transcript, filter } = this.captions.continuation();
    [this.transcript, this.#filter, this.#stream, this.#words] = [transcript, filter, 0, 0];
    return this;
  }

  get cues(): VTTCue[] {
    return Array.from(this.captions.textTrack.cues ?? [], (cue) => cue as VTTCue);
  }

  get texts(): [string, number, number][] {
    return this.cues.map(({ text, startTime, endTime }) => [text, round(startTime), round(endTime)]);
  }

  /** Plays `seconds`, which the stream transcribes. */
  play(seconds: number): this {
    for (let tick = 0; tick < Math.round(seconds * 12.5); tick++) {
      this.#now += 80;
      this.#stream += 0.08;
      if (!this.#state.paused) this.#state.currentTime += 0.08 * this.#state.playbackRate;
      this.captions.tick(this.#now);
    }
    return this;
  }

  /** Adds a word that was said `ago` seconds before now, on the stream's clock. */
  say(text: string, ago = 0.6): this {
    const start = this.#stream - ago;
    return this.#receive({ type: 'word', word: { index: this.#words++, text, start, end: start + 0.3 } });
  }

  turn(): this {
    return this.#receive({ type: 'final' });
  }

  /** Loads media, as after another `src`, or the same again. */
  load(currentSrc: string, duration = this.#state.duration): this {
    this.#state.readyState = 0;
    this.#state.currentTime = 0;
    this.media.dispatchEvent(new Event('emptied'));
    this.#state.currentSrc = currentSrc;
    this.#state.duration = NaN;
    this.media.dispatchEvent(new Event('loadstart'));
    this.play(0.24); // the stream goes on
    this.#state.duration = duration;
    this.#state.readyState = 4;
    this.media.dispatchEvent(new Event('loadedmetadata'));
    return this;
  }

  seek(to: number): this {
    this.#state.currentTime = to;
    return this;
  }

  set(state: Partial<{ paused: boolean; playbackRate: number; duration: number }>): this {
    Object.assign(this.#state, state);
    return this;
  }

  readonly #cue = (cue: CueDetail): void => void this.emitted.push(cue);

  /** As in SttStream and the session. */
  #receive(event: StreamEvent): this {
    for (const each of this.#filter(event)) {
      if (each.type !== 'word' && each.type !== 'word-end' && each.type !== 'final') continue;
      const before = this.transcript.utterances.at(-1);
      this.transcript = append(this.transcript, each);
      this.captions.keep(this.transcript);
      const last = this.transcript.utterances.at(-1);
      if (last && (each.type === 'word' || last !== before)) this.captions.update(last);
    }
    return this;
  }
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

async function player(): Promise<Player> {
  return new Player(await fixture<HTMLMediaElement>(html`<video src=${silence(1)}></video>`));
}

describe('captions of a media element', () => {
  it('are one text track, hidden by default', async () => {
    const { captions, media } = await player();
    assert.strictEqual(media.textTracks[0], captions.textTrack);
    assert.deepEqual(
      [captions.textTrack.kind, captions.textTrack.label, captions.textTrack.mode],
      ['captions', 'Live', 'hidden'],
    );
    captions.textTrack.mode = 'showing';
    captions.begin();
    assert.strictEqual(captions.textTrack.mode, 'showing');
    assert.strictEqual(media.textTracks.length, 1);
  });

  it('grow with the words, stay on the screen for a while, then get their exact times', async () => {
    const made = await player();
    made.play(2).say('hello');
    assert.deepEqual(made.texts, [['hello', 1.4, 6.4]]);
    const [cue] = made.cues;
    made.play(0.4).say('world');
    assert.strictEqual(made.cues[0], cue);
    assert.deepEqual(made.texts, [['hello world', 1.4, 6.4]]);
    made.turn().play(5);
    assert.deepEqual(made.texts, [['hello world', 1.4, 2.4]]);
    assert.deepEqual(
      made.emitted.map(({ text, isFinal }) => [text, isFinal]),
      [
        ['hello', false],
        ['hello world', false],
        ['hello world', true],
      ],
    );
  });

  it('roll up: the line before stays above the next cue while it grows', async () => {
    const made = await player();
    made.play(2).say('hello').turn().play(1.2).say('again');
    assert.deepEqual(made.texts, [
      ['hello', 1.4, 2.4],
      ['hello\nagain', 2.6, 7.6],
    ]);
    made.turn().play(5);
    assert.deepEqual(made.texts, [
      ['hello', 1.4, 2.4],
      ['again', 2.6, 3.6],
    ]);
  });

  it('change with an utterance that the visitor edits, and go with one that is removed', async () => {
    const made = await player();
    made.play(2).say('hello').play(0.4).say('world').turn().play(2).say('again').turn().play(6);
    const [first, second] = made.transcript.utterances;
    assert.ok(first && second);
    const words = first.words.map((word, index) => (index === 0 ? { ...word, text: 'Hallo' } : word));
    made.captions.revise(first, { ...first, words });
    assert.deepEqual(made.texts, [
      ['Hallo world', 1.4, 2.4],
      ['again', 3.8, 4.8],
    ]);
    assert.deepInclude(made.emitted.at(-1), { text: 'Hallo world', isFinal: true });
    made.captions.revise(second, { ...second, words: [] });
    assert.deepEqual(
      made.captions.spoken.map((spoken) => spoken.map(({ text }) => text).join(' ')),
      ['Hallo world'],
    );
    // The words of another utterance are not touched.
    made.captions.revise(first, { ...first, words: [] });
    assert.strictEqual(made.captions.spoken.length, 1);
  });

  it('stand still while the media is paused, and follow its rate', async () => {
    const made = await player();
    made.play(2).set({ paused: true }).play(10).set({ paused: false }).play(1).say('later').turn();
    assert.deepEqual(made.texts[0]?.slice(0, 2), ['later', 2.4]);
    made.set({ playbackRate: 2 }).play(2).say('fast').turn();
    assert.deepEqual(made.texts[1]?.slice(1, 2), [5.8]); // 3 + 2 · 2 − 2 · 0.6
    assert.strictEqual(round(made.captions.toMedia(14.4) ?? 0), 5.8);
  });

  it('follow seeks: cues at new places, no second cue for audio that is played again', async () => {
    const made = await player();
    made.play(3).say('one').turn().seek(60).play(2).say('two').turn();
    assert.deepEqual(
      made.texts.map(([text, start]) => [text, start]),
      [
        ['one', 2.4],
        ['two', 61.4],
      ],
    );
    made.seek(1).play(1.9).say('one').play(1.2).say('three').turn().play(6);
    assert.deepEqual(made.texts, [
      ['one', 2.4, 3.4],
      ['three', 3.5, 4.5],
      ['two', 61.4, 62.4],
    ]);
    assert.deepEqual(
      made.captions.spoken.map((words) => words.map(({ text }) => text).join(' ')),
      ['one', 'three', 'two'],
    );
  });

  it('place a word where it was said, even if it arrives after a seek', async () => {
    const made = await player();
    made.play(5).say('before').seek(100).play(0.3).say('leap', 0.7).turn().play(1).say('after').turn();
    assert.deepEqual(
      made.texts.map(([text, start]) => [text, start]),
      [
        ['before leap', 4.4],
        ['after', 100.8],
      ],
    );
    assert.deepEqual(made.texts[0]?.slice(1), [4.4, 5.4]);
  });

  it('stay in time when the page receives level reports late', async () => {
    const made = await player();
    made.play(3);
    made.captions.tick(3_900);
    assert.strictEqual(round(made.captions.toMedia(3) ?? 0), 3);
  });

  it('split cues that are too long for two lines, and escape markup', async () => {
    const made = await player();
    for (const word of 'a <b> & some more words that are said without any pause until two lines are full and then on'.split(
      ' ',
    ))
      made.play(0.24).say(word);
    made.turn().play(5);
    assert.isAbove(made.cues.length, 1);
    for (const cue of made.cues) assert.isAtMost(cue.text.split('\n').length, 2);
    assert.strictEqual(made.cues[0]?.getCueAsHTML().textContent.startsWith('a <b> & some'), true);
    const starts = made.cues.map(({ startTime }) => startTime);
    assert.deepEqual(
      starts,
      [...starts].sort((a, b) => a - b),
    );
  });

  it('do not overlap, and end with the media', async () => {
    const made = await player();
    made.set({ duration: 6 });
    // A short utterance, and another one 0.4 s later.
    made.play(2).say('un').turn().play(0.4).say('huit').turn();
    made.play(3.4).say('fin', 0.3).turn().play(0.08);
    const times = made.texts.map(([, start, end]) => [start, end]);
    assert.deepEqual(times, [
      [1.4, 2.4],
      [2.4, 3.4],
      [5, 6],
    ]);
  });

  it('are removed by clear, and what is played again is transcribed again', async () => {
    const made = await player();
    made.play(2).say('one').turn();
    made.captions.clear();
    assert.deepEqual(made.texts, []);
    made.seek(0).play(2).say('one').turn();
    assert.strictEqual(made.cues.length, 1);
  });

  for (const [what, src, duration] of [
    ['another address', 'https://example.org/other.webm', 7_200],
    ['another length, from a player with Media Source Extensions', 'blob:x', 600],
  ] as const)
    it(`are removed when the element loads media of ${what}`, async () => {
      const made = await player();
      if (src.startsWith('blob:')) made.load('blob:a');
      made.play(2).say('one').turn().load(src, duration);
      assert.deepEqual(made.texts, []);
      assert.isUndefined(made.captions.toMedia(1.5), 'a word of the other media');
      made.play(2).say('three').turn();
      assert.deepEqual(
        made.texts.map(([text, start]) => [text, start]),
        [['three', 1.6]], // 0.24 s had played when the metadata arrived
      );
      assert.strictEqual(textOf(made.transcript), 'one\nthree');
      // The next stream continues only the transcript of this media.
      made.start();
      assert.strictEqual(textOf(made.transcript), 'three');
    });

  for (const [what, before, after, duration] of [
    ['loaded again', 'https://example.org/talk.webm', 'https://example.org/talk.webm#t=4', 7_200],
    ['attached again by a player with Media Source Extensions', 'blob:a', 'blob:b', 7_200.04],
    ['a live stream that is attached again', 'blob:a', 'blob:b', Infinity],
  ] as const)
    it(`stay when the media is ${what}, and are not written again`, async () => {
      const made = await player();
      if (before.startsWith('blob:')) made.load(before, duration);
      made.play(6).say('one', 5).say('two', 4).turn();
      made.play(5);
      const { texts } = made;
      const track = made.media.textTracks[0];
      made.load(after, duration);
      assert.deepEqual(made.texts, texts);
      assert.strictEqual(round(made.captions.toMedia(2) ?? 0) > 0, true, 'earlier words keep their place');
      made.play(3).say('one', 2).seek(20).play(2).say('three', 0.9).turn().play(6);
      assert.deepEqual(
        made.cues.map(({ text }) => text),
        ['one', 'two', 'three'],
      );
      assert.strictEqual(textOf(made.transcript), 'one two\nthree');
      assert.strictEqual(made.media.textTracks[0], track);
      assert.strictEqual(made.media.textTracks.length, 1);
    });

  it('stay during another stream of the same media, by the same element or another, which continues the transcript', async () => {
    const made = await player();
    made.play(6).say('one', 5).say('two', 4).turn();
    const other: string[] = [];
    for (const cue of [undefined, ({ text }: CueDetail) => other.push(text)]) {
      made.captions.end(true);
      made.seek(0).start(cue && ((detail) => void cue(detail)));
      assert.strictEqual(textOf(made.transcript).startsWith('one two'), true);
      made.play(3).say('one', 2).turn();
    }
    assert.strictEqual(textOf(made.transcript), 'one two');
    made.play(5).say('three', 1).turn();
    assert.strictEqual(textOf(made.transcript), 'one two\nthree');
    assert.deepEqual(
      made.transcript.utterances.map(({ id, start }) => [id, start > 0]),
      [
        [1, true],
        [2, true],
      ],
    );
    assert.deepEqual(other, ['three', 'three']);
    const [first, last] = [made.transcript.utterances[0], made.transcript.utterances[1]];
    assert.strictEqual(round(made.captions.toMedia(first?.start ?? 0) ?? 0), 1);
    assert.closeTo(made.captions.toMedia(last?.start ?? 0) ?? 0, 7, 0.15);
    assert.strictEqual(made.media.textTracks.length, 1);
    assert.strictEqual(made.cues.length, 3);
  });

  it('are written once while two elements listen at the same time, whose transcripts are both complete', async () => {
    const made = await player();
    const second = MediaCaptions.of(made.media, { label: 'Live', mode: 'showing', cue: () => undefined }, undefined);
    assert.notStrictEqual(second, made.captions);
    second.begin();
    const { filter } = second.continuation();
    made.play(2).say('one').turn();
    second.tick(2_000);
    const word = { type: 'word', word: { index: 0, text: 'one', start: 0, end: 0.1 } } as const;
    assert.deepEqual(filter(word), [word]);
    second.update({ id: 1, text: 'one', words: [word.word], isFinal: true, start: 0, end: 0.1 });
    assert.strictEqual(made.cues.length, 1);
    assert.strictEqual(second.textTrack, made.captions.textTrack);
    assert.strictEqual(made.media.textTracks.length, 1);
  });

  it('repeat what an aborted stream left out, and words that a jump cut off', async () => {
    const made = await player();
    made.play(6).say('one', 5).turn();
    made.captions.end(false);
    made.seek(0).start().play(6).say('one', 5).say('two', 2).turn();
    assert.strictEqual(textOf(made.transcript), 'one\ntwo');
    // A jump at 6.0 cuts a word at 5.7; it is heard in the next pass.
    made.seek(3).play(4).say('two', 3).say('three', 1.3).turn();
    assert.strictEqual(textOf(made.transcript), 'one\ntwo\nthree');
  });
});
