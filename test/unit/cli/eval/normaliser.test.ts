/** What the normalisers take for the same words. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { normaliser } from '../../../../src/cli/eval/normaliser.js';

const golden = JSON.parse(readFileSync('test/fixtures/eval/whisper-normaliser.json', 'utf8')) as Readonly<
  Record<'english' | 'basic', Readonly<Record<string, string>>>
>;

describe('normaliser', () => {
  for (const name of ['english', 'basic'] as const) {
    it(`${name}: writes as Whisper’s`, () => {
      const texts = Object.keys(golden[name]);
      assert.ok(texts.length >= 5);
      assert.deepEqual(Object.fromEntries(texts.map((text) => [text, normaliser(name)(text)])), golden[name]);
    });
  }

  for (const [text, expected] of [
    ['It’s the driver’s', 'it is the driver is'],
    ['oh no', 'oh no'],
    ['five two hundred', '5 200'],
    ['one hundred twenty thousand and five', '120005'],
    ['thousands and thousands', '1000s and 1000s'],
    ['zero point oh five', '0.05'],
    ['two point five percent', '2.5%'],
    ['twelve point', '12 point'],
    ['5 point 1', '5 point one'],
    ['triple zero', '000'],
    ['salt and pepper', 'salt and pepper'],
    ['two and three', '2 and 3'],
    ['a hundred and', 'a 100 and'],
    ['thirty second', '32nd'],
    ['forty-fifth and eightieth', '45th and 80th'],
    ['minus', 'minus'],
    ['$', ''],
    ['promise our four rises, advise and exercise', 'promise our 4 rises advise and exercise'],
    ['cancelled labelling metres centred grey-ish', 'canceled labeling meters centered gray ish'],
    ['practised fulfils skilful catalogue manoeuvres', 'practiced fulfills skillful catalog maneuvers'],
    ['mould moulds smoulder should would could boulder', 'mold molds smolder should would could boulder'],
    [
      'anaemia anaesthetic paediatrician oestrogen foetus storeys',
      'anemia anesthetic pediatrician estrogen fetus stories',
    ],
  ] as const) {
    it(`english: ${text}`, () => assert.equal(normaliser('english')(text), expected));
  }

  it('english: is idempotent on words that it has written', () => {
    for (const text of Object.values(golden.english)) {
      const once = normaliser('english')(text);
      assert.equal(normaliser('english')(once), once);
    }
  });

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
