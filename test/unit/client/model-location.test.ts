import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { locateModel } from '../../../src/client/model-location.js';
import { SttError } from '../../../src/errors.js';

const PAGE = 'https://example.org/app/page.html';

describe('locateModel', () => {
  it('finds the embedded model beside the package', () => {
    const location = locateModel('demo', PAGE);
    assert.ok('url' in location && location.url.endsWith('/models/demo-en_fr-q4_0.gguf'));
  });

  it('resolves URLs against the page and keeps their query', () => {
    assert.deepEqual(locateModel('./big.gguf?key=1', PAGE), { url: 'https://example.org/app/big.gguf?key=1' });
    assert.deepEqual(locateModel('/models/stt.gguf', PAGE), { url: 'https://example.org/models/stt.gguf' });
    assert.deepEqual(locateModel('big.gguf', PAGE), { url: 'https://example.org/app/big.gguf' });
    assert.deepEqual(locateModel('https://cdn.example/x.gguf', PAGE), { url: 'https://cdn.example/x.gguf' });
  });

  it('takes any other URL for a folder', () => {
    assert.deepEqual(locateModel('../stt', PAGE), { url: 'https://example.org/stt/' });
    assert.deepEqual(locateModel('https://cdn.example/stt/', PAGE), { url: 'https://cdn.example/stt/' });
  });

  it('refuses what is neither a known name nor a URL, and says what is accepted', () => {
    for (const model of ['owner/repo', 'big', '', 'http://[']) {
      assert.throws(
        () => locateModel(model, PAGE),
        (error) => error instanceof SttError && error.code === 'invalid-argument' && error.message.includes('.gguf'),
      );
    }
  });
});
