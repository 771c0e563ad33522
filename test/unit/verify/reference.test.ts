/** References: those of the package are complete, and a damaged one is refused by field. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { DEMO, STT_1B, STT_2_6B } from '../../../src/model/published.js';
import { hasTokensOf, parseReference, referenceFor } from '../../../src/verify/reference.js';

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const bria = parseReference('bria.json', read('reference/bria.json'));
const demo = parseReference('demo.json', read('reference/demo.json'));
const caseA = read('test/fixtures/verify/case-a.json');

/** Case A's reference with other fields. */
const changed = (fields: object): string => JSON.stringify({ ...(JSON.parse(caseA) as object), ...fields });

describe('references', () => {
  it('have the official codes and tokens of bria', () => {
    assert.equal(bria.codes.length, 568 * 32);
    assert.deepEqual([...bria.codes.subarray(0, 4)], [1049, 596, 666, 1450]);
    assert.deepEqual(bria.tokens.slice(5, 14), [3, 3, 0, 288, 0, 267, 0, 1570, 282]);
    assert.match(bria.transcript ?? '', /^in the heart of an ancient forest .* began to swirl\.$/);
  });

  it('fit the models they were made with, and a model with the same codec without tokens', () => {
    const fitting = (name: string, config: typeof DEMO): string => referenceFor({ name, config }, [demo, bria]).name;
    assert.equal(fitting('1b', STT_1B), 'bria');
    assert.equal(fitting('2.6b', STT_2_6B), 'bria');
    assert.equal(fitting('demo', DEMO), 'en_long_15s');
    assert.equal(hasTokensOf(STT_1B, bria), true);
    assert.equal(hasTokensOf(STT_2_6B, bria), false);
  });

  it('refuse a model of another codec', () => {
    const config = { ...DEMO, lm: { ...DEMO.lm, nQ: 5 } };
    assert.throws(() => referenceFor({ name: 'odd', config }, [bria, demo]), {
      code: 'invalid-argument',
      message: /^odd: no reference for 5 codebooks of 256 entries, expected 32 of 2048 or 8 of 256; --reference/,
    });
  });

  it('name the field that is wrong', () => {
    const cases: [string, RegExp][] = [
      ['{', /^x\.json: /],
      ['[]', /^x\.json: found a list, expected an object/],
      [changed({ codes: 'AAA=' }), /codes: found 1, expected 108 × 8/],
      [changed({ codebookSize: 10 }), /codes: found \d+, expected less than 10/],
      [changed({ tokens: [1, 2] }), /tokens: found 2, expected 108 or one more/],
      [changed({ tokens: [1.5] }), /tokens: found a list, expected whole numbers/],
      [changed({ frames: '108' }), /frames: found "108", expected a whole number/],
      [changed({ audio: undefined }), /audio: found nothing, expected a text/],
      [changed({ alignment: 'late' }), /alignment: found late, expected lag, /],
      [
        changed({ thresholds: { full: { codes: 2 }, quantised: {} } }),
        /full: codes: found 2, expected a number from 0 to 1/,
      ],
      [changed({ thresholds: { full: { code: 1 } } }), /full: found an empty object, expected some of codes, /],
    ];
    for (const [json, message] of cases)
      assert.throws(() => parseReference('x.json', json), { code: 'invalid-argument', message });
  });
});
