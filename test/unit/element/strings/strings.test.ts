import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { languageFor, stringsFor } from '../../../../src/element/strings/strings.js';
import { STT_ERROR_CODES } from '../../../../src/errors.js';

describe('strings', () => {
  it('takes the first language it has', () => {
    assert.equal(languageFor(['fr-CA', 'en']), 'fr');
    assert.equal(languageFor(['de', 'FR']), 'fr');
    assert.equal(languageFor(['de']), 'en');
    assert.equal(languageFor([]), 'en');
  });

  it('has every text and every remedy in French, none of them the English one', () => {
    const english = stringsFor(['en']);
    const french = stringsFor(['fr']);
    assert.deepEqual(Object.keys(french).sort(), Object.keys(english).sort());
    for (const code of STT_ERROR_CODES) assert.notEqual(french.remedies[code], english.remedies[code]);
    assert.notEqual(french.start, english.start);
  });

  it('breaks no French line before a colon, a semicolon or a unit', () => {
    const { remedies, ...texts } = stringsFor(['fr']);
    for (const text of [...Object.values(texts), ...Object.values(remedies)]) {
      assert.doesNotMatch(text, / [:;!?»]|« |\} (s|Mo)\b/, text);
      assert.doesNotMatch(text, /[^\u00a0\u202f][:;!?]/, text);
    }
  });

  it('leaves no word of one letter alone at the end of a French status', () => {
    const { statusListening, statusPaused, statusReady, noWordsYet } = stringsFor(['fr']);
    for (const text of [statusListening, statusPaused, statusReady, noWordsYet])
      assert.doesNotMatch(text, /^\S /, text);
  });

  it('sends a visitor who can do nothing to the owner of the page, in words without jargon', () => {
    for (const code of ['invalid-argument', 'invalid-state', 'model-mismatch', 'tokenizer-invalid'] as const) {
      assert.match(stringsFor(['en']).remedies[code], /tell its owner/);
      assert.match(stringsFor(['fr']).remedies[code], /prévenez son responsable/);
    }
    for (const language of ['en', 'fr']) {
      for (const remedy of Object.values(stringsFor([language]).remedies))
        assert.doesNotMatch(remedy, /attribut|backend|console|wasm|press start/i);
    }
  });

  it('lets a page replace one text and one remedy, and keeps the rest', () => {
    const strings = stringsFor(['fr'], { start: 'Parler', remedies: { network: 'Wi-Fi ?' } });
    assert.equal(strings.start, 'Parler');
    assert.equal(strings.remedies.network, 'Wi-Fi ?');
    assert.equal(strings.stop, stringsFor(['fr']).stop);
    assert.equal(strings.remedies.quota, stringsFor(['fr']).remedies.quota);
  });
});
