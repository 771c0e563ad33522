import { assert, fixture, html } from '@open-wc/testing';
import type { Utterance } from '../../../../src/client/transcript.js';
import { MediaCaptions } from '../../../../src/element/controllers/media-captions.js';
import type { CueDetail } from '../../../../src/element/media/caption-track.js';
import { silence } from '../silence.js';

/** A media element and a stream without audio: the test advances both clocks. */
class Player {
  readonly emitted: CueDetail[] = [];
  readonly media: HTMLMediaElement;
  readonly captions: MediaCaptions;
  #now = 0;
  #stream = 0;
  #words: Utterance['words'] = [];
  #id = 1;
  readonly #state = {
    currentTime: 0,
    paused: false,
    seeking: false,
    ended: false,
    playbackRate: 1,
    readyState: 4,
    duration: 7_200,
  };

  constructor(media: HTMLMediaElement) {
    const state: Readonly<Record<string, unknown>> = this.#state;
    for (const name of Object.keys(state))
      Object.defineProperty(media, name, { get: () => state[name], configurable: true });
    this.media = media;
    this.captions = new MediaCaptions(media, { label: 'Live', mode: 'hidden', cue: (cue) => this.emitted.push(cue) });
    this.captions.begin();
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
    this.#words = [...this.#words, { text, start, end: start + 0.3 }];
    this.captions.update(this.#utterance(false));
    return this;
  }

  turn(): this {
    this.captions.update(this.#utterance(true));
    this.#words = [];
    this.#id++;
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

  #utterance(isFinal: boolean): Utterance {
    const [words, id] = [this.#words, this.#id];
    const text = words.map((word) => word.text).join(' ');
    return { id, text, words, isFinal, start: words[0]?.start ?? 0, end: words.at(-1)?.end ?? 0 };
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

  it('are removed by clear, and when the media is emptied', async () => {
    const made = await player();
    made.play(2).say('one').turn();
    made.captions.clear();
    assert.deepEqual(made.texts, []);
    made.play(2).say('two').turn();
    made.media.dispatchEvent(new Event('emptied'));
    assert.deepEqual(made.texts, []);
    made.play(2).say('three').turn();
    assert.strictEqual(made.cues.length, 1);
  });

  it('stay during another stream of the same media', async () => {
    const made = await player();
    made.play(2).say('one').turn();
    made.captions.begin();
    assert.strictEqual(made.cues.length, 1);
  });
});
