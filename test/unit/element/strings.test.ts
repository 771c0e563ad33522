import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { languageFor, stringsFor } from '../../../src/element/strings.js';
import { STT_ERROR_CODES } from '../../../src/errors.js';

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

  it('lets a page replace one text and one remedy, and keeps the rest', () => {
    const strings = stringsFor(['fr'], { start: 'Parler', remedies: { network: 'Wi-Fi ?' } });
    assert.equal(strings.start, 'Parler');
    assert.equal(strings.remedies.network, 'Wi-Fi ?');
    assert.equal(strings.stop, stringsFor(['fr']).stop);
    assert.equal(strings.remedies.quota, stringsFor(['fr']).remedies.quota);
  });
});
