import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSupported } from '../../../../src/client/speech-recognition/language.js';
import { languageFor, stringsFor } from '../../../../src/element/strings/language.js';
import { STT_ERROR_CODES } from '../../../../src/errors.js';

describe('strings', () => {
  it('picks the first supported language', () => {
    assert.equal(languageFor(['fr-CA', 'en']), 'fr');
    assert.equal(languageFor(['de', 'FR']), 'fr');
    for (const tag of ['fr_FR', 'FR', ' fr_FR.UTF-8', 'fr@euro']) assert.equal(languageFor([tag]), 'fr', tag);
    assert.equal(languageFor(['', '?!', 'french']), 'en');
    for (const tag of ['en_US', 'fr_FR.UTF-8', 'FR']) assert.ok(isSupported(tag), tag);
    for (const tag of ['', '?!', 'de_DE']) assert.ok(!isSupported(tag), tag);
    assert.equal(languageFor(['de']), 'en');
    assert.equal(languageFor([]), 'en');
  });

  it('has a French text for every English one, and a translation of every remedy', () => {
    const english = stringsFor(['en']);
    const french = stringsFor(['fr']);
    assert.deepEqual(Object.keys(french).sort(), Object.keys(english).sort());
    for (const code of STT_ERROR_CODES) assert.notEqual(french.remedies[code], english.remedies[code]);
    assert.notEqual(french.start, english.start);
    assert.deepEqual(Object.keys(french.faults), Object.keys(english.faults));
  });

  it('sets no-break spaces before French colons, semicolons and units', () => {
    const { remedies, faults, ...texts } = stringsFor(['fr']);
    for (const text of [texts, remedies, faults].flatMap((group) => Object.values<string>(group))) {
      assert.doesNotMatch(text, / [:;!?»]|« |\} (s|Mo)\b/, text);
      assert.doesNotMatch(text, /[^\u00a0\u202f][:;!?]/, text);
    }
  });

  it('puts a no-break space after a one-letter word at the start of a French status', () => {
    const { statusListening, statusPaused, statusReady, noWordsYet } = stringsFor(['fr']);
    for (const text of [statusListening, statusPaused, statusReady, noWordsYet])
      assert.doesNotMatch(text, /^\S /, text);
  });

  it('refers the visitor to the site owner where only a developer can help, without jargon', () => {
    for (const code of ['invalid-argument', 'invalid-state', 'model-mismatch', 'tokenizer-invalid'] as const) {
      assert.match(stringsFor(['en']).remedies[code], /Contact the site owner/);
      assert.match(stringsFor(['fr']).remedies[code], /Contactez le responsable du site/);
    }
    for (const language of ['en', 'fr']) {
      for (const remedy of Object.values(stringsFor([language]).remedies))
        assert.doesNotMatch(remedy, /attribut|backend|console|wasm|press start/i);
    }
  });

  it('merges texts and remedies supplied by the page over its own', () => {
    const strings = stringsFor(['fr'], { start: 'Parler', remedies: { network: 'Wi-Fi ?' } });
    assert.equal(strings.start, 'Parler');
    assert.equal(strings.remedies.network, 'Wi-Fi ?');
    assert.equal(strings.stop, stringsFor(['fr']).stop);
    assert.equal(strings.remedies.quota, stringsFor(['fr']).remedies.quota);
  });
});
