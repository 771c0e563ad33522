/** Words of several lanes in the order in which they arrive. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY_TRANSCRIPT, textOf, type Transcript } from '../../../../src/client/transcript.js';
import { LiveCaptions } from '../../../../src/element/lanes/live-captions.js';
import { MergedLanes, type MergedChange } from '../../../../src/element/lanes/merged-lanes.js';
import { NewWords } from '../../../../src/element/words/new-words.js';

/** Two lanes, each with one utterance, and what captions show of them. */
class Live {
  readonly captions = new LiveCaptions();
  readonly newWords = new NewWords();
  readonly #merged = new MergedLanes([{ speaker: 'Me', isMicrophone: true }, { speaker: 'Them' }]);
  change: MergedChange | undefined;

  /** @param words `text@seconds` */
  say(lane: number, words: string, { isFinal = false, interim = '' } = {}): Transcript {
    const all = words.split(' ').map((word) => {
      const [text = '', start] = word.split('@');
      return { text, start: Number(start), end: Number(start) + 0.2 };
    });
    const utterance = { id: 1, text: '', words: all, isFinal, start: 0, end: 0 };
    const partial = interim === '' ? undefined : { text: interim, start: 9 };
    this.change = this.#merged.update(lane, { ...EMPTY_TRANSCRIPT, utterances: [utterance], interim: partial });
    this.captions.update(this.change);
    return this.shown;
  }

  get shown(): Transcript {
    if (!this.change) throw new Error('nothing was said');
    return this.captions.captions(this.change);
  }
}

describe('live captions of lanes', () => {
  it('begin a segment each time another speaker goes on, and only append', () => {
    const live = new Live();
    const steps = [
      live.say(0, 'I@1'),
      live.say(0, 'I@1 think@1.3'),
      live.say(1, 'yes@1.4'),
      live.say(0, 'I@1 think@1.3 so@1.6'),
      live.say(0, 'I@1 think@1.3 so@1.6 too@1.9', { isFinal: true }),
    ];
    const words = steps.map((transcript) => {
      const { restarted, words } = live.newWords.take(transcript);
      assert.equal(restarted, false);
      return words.map(({ word, first }) => `${first ? '/' : ''}${word.text}`).join(' ');
    });
    assert.deepEqual(words, ['/I', 'think', '/yes', '/so', 'too']);
    assert.equal(textOf(live.shown), 'Me: I think\nThem: yes\nMe: so too');
    assert.ok(live.shown.utterances.every(({ isFinal }) => isFinal));
  });

  it('are shown anew without a word that was an echo', () => {
    const live = new Live();
    live.newWords.take(live.say(0, 'well@0.4 hello@1.2'));
    assert.equal(live.newWords.take(live.say(1, 'hello@1')).restarted, true);
    const { restarted, words } = live.newWords.take(live.say(1, 'hello@1 there@1.4'));
    assert.equal(restarted, false);
    assert.deepEqual(
      words.map(({ word }) => word.text),
      ['there'],
    );
    assert.equal(textOf(live.shown), 'Me: well\nThem: hello there');
  });

  it('keep the line open for the lane’s own unfinished word only', () => {
    const live = new Live();
    assert.equal(live.say(0, 'hello@1', { interim: 'th' }).utterances[0]?.isFinal, false);
    assert.equal(live.say(1, 'yes@2').utterances.at(-1)?.isFinal, true);
  });

  it('announce each final utterance once', () => {
    const live = new Live();
    live.say(0, 'one@1');
    live.say(1, 'two@2', { isFinal: true });
    live.say(0, 'one@1 three@3', { isFinal: true });
    assert.equal(textOf(live.captions.announced), 'Them: two\nMe: one three');
    assert.deepEqual(
      live.captions.announced.utterances.map(({ id }) => id),
      [1, 2],
    );
  });
});
