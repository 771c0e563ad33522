/** What the normalisers take for the same words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { normaliser } from '../../../../src/cli/eval/normaliser.js';

describe('normaliser', () => {
  for (const [text, expected] of [
    ['Hello,  WORLD!', 'hello world'],
    ['L’été, à Nîmes : « où ? »', 'l été à nîmes où'],
    ['e\u0301te\u0301', 'été'], // two code points each
    ['aujourd’hui [rires] (il rit) oui', 'aujourd hui oui'],
    ['50 % de 3,5 €', '50 de 3 5'],
    ['an [open note', 'an open note'],
    ['…', ''],
  ] as const) {
    it(`basic: ${text}`, () => assert.equal(normaliser('basic')(text), expected));
  }

  it('none: collapses white space only', () => {
    assert.equal(normaliser('none')(' L’été,\n (oui)\u00a0! '), 'L’été, (oui) !');
  });
});
