import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spaced, type Capitals } from '../../../../src/element/dictation/spacing.js';

/** Writes `words` one by one at the `|` in `text`. */
function dictated(
  text: string,
  words: string,
  { french = false, capitals = 'none' }: { french?: boolean; capitals?: Capitals } = {},
): string {
  const [start = '', after = ''] = text.split('|');
  let before = start;
  for (const word of words.split(' ')) {
    const { text: written, eat } = spaced(word, { before, after }, { french, capitals });
    before = before.slice(0, before.length - eat) + written;
  }
  return `${before}|${after}`;
}

describe('spaced', () => {
  it('adds a space between words unless there is one', () => {
    assert.equal(dictated('|', 'go forward'), 'go forward|');
    assert.equal(dictated('please|', 'go'), 'please go|');
    assert.equal(dictated('please |', 'go'), 'please go|');
    assert.equal(dictated('please\n|', 'go'), 'please\ngo|');
    assert.equal(dictated('please\u00a0|', 'go'), 'please\u00a0go|');
  });

  it('adds a space before the following text where it needs one', () => {
    assert.equal(dictated('please |now', 'go forward'), 'please go forward |now');
    assert.equal(dictated('please| now', 'go forward'), 'please go forward| now');
    assert.equal(dictated('|, now', 'go'), 'go|, now');
    assert.equal(dictated('one|(two)', 'and'), 'one and |(two)');
    assert.equal(dictated('the |’s', 'dog'), 'the dog|’s');
  });

  it('adds no space after opening punctuation or an elision, nor before closing punctuation', () => {
    assert.equal(dictated('(|)', 'go on'), '(go on|)');
    assert.equal(dictated('say "|"', 'go on'), 'say "go on|"');
    assert.equal(dictated('he said "no"|', 'then'), 'he said "no" then|');
    assert.equal(dictated('well-|', 'known'), 'well-known|');
    assert.equal(dictated('l’|', 'eau'), 'l’eau|');
    assert.equal(dictated("je crois qu'|", 'il vient'), "je crois qu'il vient|");
    assert.equal(dictated('the dogs’|', 'home'), 'the dogs’ home|');
    assert.equal(dictated("rock 'n'|", 'roll'), "rock 'n' roll|");
  });

  it('attaches punctuation that was transcribed separately to the previous word', () => {
    assert.equal(dictated('|', 'yes , go'), 'yes, go|');
    assert.equal(dictated('yes |now', ', and'), 'yes, and |now');
    assert.equal(dictated('it costs|', '.5 euros .'), 'it costs .5 euros.|');
    assert.equal(dictated('|', '?'), '?|');
  });

  it('adds a no-break space before French punctuation', () => {
    const french = true;
    assert.equal(
      dictated('|', 'ça va ? oui ! voici : un ; deux', { french }),
      'ça va\u202f? oui\u202f! voici\u00a0: un\u202f; deux|',
    );
    assert.equal(dictated('|', 'oui , non .', { french }), 'oui, non.|');
    assert.equal(dictated('«|', 'oui »', { french }), '«\u00a0oui\u00a0»|');
    assert.equal(dictated('|', 'ça va?', { french }), 'ça va?|', 'a word keeps its own punctuation');
  });

  it('capitalises the first letter of a sentence, and changes no capital to lower case', () => {
    const capitals = 'sentences';
    assert.equal(dictated('|', 'go on', { capitals }), 'Go on|');
    assert.equal(dictated('|', 'élan', { capitals }), 'Élan|');
    assert.equal(dictated('Yes.|', 'go on. then stop', { capitals }), 'Yes. Go on. Then stop|');
    assert.equal(dictated('He said “|', 'go', { capitals }), 'He said “go|');
    assert.equal(dictated('Yes! (|', 'go', { capitals }), 'Yes! (Go|');
    assert.equal(dictated('one\n|', 'two', { capitals }), 'one\nTwo|');
    assert.equal(dictated('and so…|', 'on', { capitals }), 'and so… on|');
    assert.equal(dictated('and so...|', 'on', { capitals }), 'and so... on|');
    assert.equal(dictated('I see|', 'Paris', { capitals }), 'I see Paris|');
    assert.equal(dictated('|', 'iPhone', { capitals }), 'iPhone|');
    assert.equal(dictated('|', 'go', { capitals: 'none' }), 'go|');
  });

  it('capitalises every word or every letter if the field says so', () => {
    assert.equal(dictated('|', 'ada lovelace', { capitals: 'words' }), 'Ada Lovelace|');
    assert.equal(dictated('|', 'ab12', { capitals: 'characters' }), 'AB12|');
  });
});
