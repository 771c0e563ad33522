/** The edit counts, against jiwer's and on texts whose errors can be counted by hand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { countEdits, errorRate, errorsIn, type EditCounts } from '../../../src/text/edit-counts.js';
import { score, wordsOf } from '../../../src/cli/eval/score.js';
import type { Counts, JiwerGolden } from '../cli/eval/jiwer-golden.js';

const golden = JSON.parse(readFileSync('test/fixtures/eval/jiwer.json', 'utf8')) as JiwerGolden;
const clips = JSON.parse(readFileSync('test/fixtures/clips/index.json', 'utf8')) as readonly {
  readonly name: string;
  readonly reference: string;
  readonly official_text: string;
  readonly official_q4_text: string;
}[];

const withoutLength = ({ hits, substitutions, insertions, deletions }: EditCounts): Counts => ({
  hits,
  substitutions,
  insertions,
  deletions,
});

describe('countEdits', () => {
  const cases: readonly (readonly [reference: string, found: string, s: number, i: number, d: number])[] = [
    ['one two three', 'one two three', 0, 0, 0],
    ['one two three', 'one three', 0, 0, 1],
    ['one two three', 'one two and three', 0, 1, 0],
    ['one two three', 'one too three', 1, 0, 0],
    ['one two three', '', 0, 0, 3],
    ['', 'one two', 0, 2, 0],
    ['', '', 0, 0, 0],
    ['goodbye minute five two', 'minute nine nine minute five two', 1, 2, 0],
    // Two substitutions are as many errors, without a hit.
    ['one two', 'two three', 0, 1, 1],
  ];
  for (const [reference, found, substitutions, insertions, deletions] of cases) {
    it(`counts ${substitutions}, ${insertions} and ${deletions} between "${reference}" and "${found}"`, () => {
      const counts = countEdits(wordsOf(reference), wordsOf(found));
      const hits = wordsOf(reference).length - substitutions - deletions;
      assert.deepEqual(withoutLength(counts), { hits, substitutions, insertions, deletions });
      assert.equal(counts.reference, wordsOf(reference).length);
    });
  }

  it('counts the clips’ transcripts as jiwer does', () => {
    for (const [golds, text] of [
      [golden.clips.official, 'official_text'],
      [golden.clips.official_q4, 'official_q4_text'],
    ] as const) {
      const transcripts = clips.map((clip) => ({ id: clip.name, reference: clip.reference, hypothesis: clip[text] }));
      const { words, characters } = score(transcripts, 'none');
      assert.deepEqual([withoutLength(words), withoutLength(characters)], [golds.words, golds.characters]);
      assert.equal(errorRate(words), golds.wer);
      assert.equal(errorRate(characters), golds.cer);
    }
  });

  it('finds as few errors as jiwer in every pair, and no fewer hits', () => {
    let equal = 0;
    for (const { reference, hypothesis, words, characters } of golden.pairs) {
      for (const [counts, golds] of [
        [countEdits(wordsOf(reference), wordsOf(hypothesis)), words],
        [countEdits(Array.from(reference), Array.from(hypothesis)), characters],
      ] as const) {
        assert.equal(errorsIn(counts), golds.substitutions + golds.insertions + golds.deletions, hypothesis);
        assert.ok(counts.hits >= golds.hits, hypothesis);
        if (counts.hits === golds.hits) assert.deepEqual(withoutLength(counts), golds, hypothesis);
        if (counts.hits === golds.hits) equal++;
      }
    }
    // In the others an alignment with more hits has as few errors.
    assert.deepEqual([equal, 2 * golden.pairs.length], [269, 286]);
  });

  it('has no rate without a reference', () => {
    assert.equal(errorRate(countEdits([], ['one'])), undefined);
  });
});
