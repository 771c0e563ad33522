import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { locateModel } from '../../../src/client/model-location.js';
import { knownBytes } from '../../../src/client/model-registry.js';
import { SttError } from '../../../src/errors.js';

const PAGE = 'https://example.org/app/page.html';

describe('locateModel', () => {
  it('locates the embedded model beside the package, with its size', () => {
    const location = locateModel('demo', PAGE);
    assert.ok('url' in location && location.url.endsWith('/models/demo-en_fr-q4_0.gguf'));
    const file = readFileSync(new URL('../../../models/demo-en_fr-q4_0.gguf', import.meta.url));
    const chunk = 4 * 1024 * 1024;
    const hashes = [file.subarray(0, chunk), file.subarray(chunk)].map((bytes) =>
      createHash('sha256').update(bytes).digest('hex'),
    );
    assert.deepEqual([location.bytes, location.sha256], [file.length, hashes]);
    assert.equal(knownBytes('demo'), file.length);
  });

  it('locates the public model at a pinned revision, with pause heads in the official files and a fallback revision', () => {
    const location = locateModel('stt-1b-en_fr', PAGE);
    assert.ok('gguf' in location);
    const pinned = /^https:\/\/[^/]+\/idle-intelligence\/stt-1b-en_fr-q4_0-webgpu\/resolve\/[0-9a-f]{40}\//;
    assert.match(location.gguf, pinned);
    assert.match(location.mimi, pinned);
    assert.match(location.tokenizer, pinned);
    assert.match(location.pauseHeads?.[0] ?? '', /\/kyutai\/stt-1b-en_fr[^/]*\/resolve\/[^/]+\/model\.safetensors$/);
    assert.match(location.otherwise?.gguf ?? '', /\/resolve\/main\//);
    assert.equal(location.name, 'stt-1b-en_fr');
    assert.ok(Math.abs((knownBytes('stt-1b-en_fr') ?? 0) - 669e6) < 5e6);
  });

  it('locates the English model in its official repository, with its size', () => {
    const location = locateModel('stt-2.6b-en', PAGE, '/hub');
    assert.ok('hub' in location);
    const { hub, repo, revision, size } = location;
    assert.deepEqual([hub, repo, revision], ['https://example.org/hub/', 'kyutai/stt-2.6b-en', 'main']);
    assert.equal(size?.bytes, knownBytes('stt-2.6b-en'));
  });

  it('locates all public files on a mirror, with or without a trailing slash', () => {
    for (const mirror of ['/hub', '/hub/', 'https://example.org/hub']) {
      const location = locateModel('stt-1b-en_fr', PAGE, mirror);
      assert.ok('gguf' in location);
      for (const url of [location.gguf, location.mimi, location.tokenizer, ...(location.pauseHeads ?? [])])
        assert.ok(url.startsWith('https://example.org/hub/'), url);
      assert.deepEqual(locateModel('owner/repo', PAGE, mirror), {
        hub: 'https://example.org/hub/',
        repo: 'owner/repo',
        revision: 'main',
      });
    }
  });

  it('treats owner/repo as a repository, with an optional revision', () => {
    const location = locateModel('kyutai/stt-2.6b-en@v1.0', PAGE);
    assert.ok('hub' in location);
    assert.deepEqual([location.repo, location.revision], ['kyutai/stt-2.6b-en', 'v1.0']);
  });

  it('resolves URLs against the page and keeps their queries', () => {
    assert.deepEqual(locateModel('./big.gguf?key=1', PAGE), { url: 'https://example.org/app/big.gguf?key=1' });
    assert.deepEqual(locateModel('/models/stt.gguf', PAGE), { url: 'https://example.org/models/stt.gguf' });
    assert.deepEqual(locateModel('big.gguf', PAGE), { url: 'https://example.org/app/big.gguf' });
    assert.deepEqual(locateModel('models/manifest.json', PAGE), {
      url: 'https://example.org/app/models/manifest.json',
    });
    assert.deepEqual(locateModel('https://cdn.example/x.gguf', PAGE), { url: 'https://cdn.example/x.gguf' });
  });

  it('treats any other URL as a folder', () => {
    assert.deepEqual(locateModel('../stt', PAGE), { url: 'https://example.org/stt/' });
    assert.deepEqual(locateModel('models/stt/', PAGE), { url: 'https://example.org/app/models/stt/' });
    assert.deepEqual(locateModel('https://cdn.example/stt/', PAGE), { url: 'https://cdn.example/stt/' });
  });

  it('rejects URLs that no request can reach, as model and as mirror', () => {
    for (const url of [
      'javascript:alert(1)//x.gguf',
      'file:///models/x.gguf',
      'blob:https://example.org/0-0',
      'data:application/octet-stream,x',
      'ftp://example.org/x.gguf',
      'https://user:secret@example.org/x.gguf',
      'https://user@example.org/folder/',
      'mailto:x@example.org',
    ]) {
      for (const locate of [() => locateModel(url, PAGE), () => locateModel('owner/repo', PAGE, url)])
        assert.throws(locate, { code: 'invalid-argument' }, url);
    }
    // The schemes of apps and extensions may work; a page's own password is not part of a relative URL.
    assert.deepEqual(locateModel('./x.gguf', 'app://localhost/page'), { url: 'app://localhost/x.gguf' });
    assert.deepEqual(locateModel('./x.gguf', 'https://u:p@example.org/'), { url: 'https://example.org/x.gguf' });
  });

  it('rejects anything but a known name, a repository or a URL, and lists what is accepted', () => {
    for (const model of ['a/b/c', 'big', '', 'http://[', 'owner/repo@', 'toString']) {
      assert.throws(
        () => locateModel(model, PAGE),
        (error) => error instanceof SttError && error.code === 'invalid-argument' && error.message.includes('.gguf'),
      );
    }
    assert.throws(() => locateModel('stt-1b-en_fr', PAGE, 'http://['), {
      code: 'invalid-argument',
      message: /base-url/,
    });
  });
});
