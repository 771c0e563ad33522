/** Tests how the files of a model are found: by URL, repository listing or manifest. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { keyOf, locate, type StoredFiles } from '../../../src/model/locate/locate.js';
import { filesOf, type FileSet } from '../../../src/model/locate/file-set.js';
import { memorySource } from '../../../src/bytes/memory.js';
import type { ModelLocation } from '../../../src/protocol/model.js';
import { HUB } from '../../../src/protocol/urls.js';
import { startHub, type Hub } from '../../hub/hub.js';

let hub: Hub;
let origin: string;
before(async () => {
  hub = await startHub();
  origin = `${new URL(hub.url('x')).origin}/`;
});
after(() => hub.close());

/** A store with nothing installed, from which `files` can be opened by URL. */
function storedFiles(files: Readonly<Record<string, string>> = {}): StoredFiles {
  return {
    installed: [],
    isBegun: () => Promise.resolve(false),
    open: ({ url }) => Promise.resolve(memorySource(url, new TextEncoder().encode(files[url] ?? ''))),
  };
}

const namesOf = (fileSet: FileSet): string[] => filesOf(fileSet).map(({ url }) => url);
const find = (location: ModelLocation, at = storedFiles()): Promise<FileSet> => locate(location, at);

function list(repo: string, ...names: readonly string[]): ModelLocation {
  const listing = { sha: 'c0ffee', siblings: names.map((rfilename) => ({ rfilename })) };
  hub.put(`api/models/${repo}/revision/main`, Buffer.from(JSON.stringify(listing)));
  return { hub: origin, repo, revision: 'main' };
}

describe('locate', () => {
  it('returns one GGUF, or all shards for the first one', async () => {
    const one = await find({ url: 'http://x.test/a/stt.gguf?key=1' });
    assert.deepEqual([one.layout, namesOf(one)], ['single', ['http://x.test/a/stt.gguf?key=1']]);
    const two = await find({ url: 'http://x.test/a/stt-00001-of-00002.gguf?key=1' });
    assert.deepEqual(namesOf(two), [
      'http://x.test/a/stt-00001-of-00002.gguf?key=1',
      'http://x.test/a/stt-00002-of-00002.gguf?key=1',
    ]);
  });

  it('treats any other URL as a folder, and adds its query to every file', async () => {
    const fileSet = await find({ url: 'http://x.test/models/stt?key=1' });
    assert.deepEqual(namesOf(fileSet), ['http://x.test/models/stt/config.json?key=1']);
    assert.ok(fileSet.layout === 'official');
    assert.equal(fileSet.beside('mimi@125.safetensors').url, 'http://x.test/models/stt/mimi%40125.safetensors?key=1');
  });

  it('reads the files and the layout of a manifest', async () => {
    const url = 'http://x.test/models/manifest.json';
    const sha256 = ['0'.repeat(64)];
    const file = (name: string) => ({ name, bytes: 10, sha256 });
    const files = ['lm.gguf', 'codec.bin', 'words.bin', 'heads.bin'].map(file);
    const layout = { gguf: 'lm.gguf', mimi: 'codec.bin', tokenizer: 'words.bin', 'pause-heads': 'heads.bin' };
    const manifest = JSON.stringify({ format: 'kyutai-stt-manifest', version: 1, files, layout });
    const fileSet = await find({ url }, storedFiles({ [url]: manifest }));
    assert.deepEqual(
      namesOf(fileSet),
      ['lm.gguf', 'codec.bin', 'words.bin'].map((name) => `http://x.test/models/${name}`),
    );
    assert.ok(fileSet.layout === 'triple' && fileSet.pauseHeads[0]?.sparse === true);
  });

  it('finds the layout in the listing of a repository, and pins its commit', async () => {
    const at = (repo: string, name: string): string => `${origin}${repo}/resolve/c0ffee/${name}`;
    const official = await find(
      list('a/official', 'README.md', 'config.json', 'model.safetensors', 'mimi.safetensors'),
    );
    assert.deepEqual([official.layout, namesOf(official)], ['official', [at('a/official', 'config.json')]]);
    const single = await find(list('a/single', 'README.md', 'stt.gguf'));
    assert.deepEqual([single.layout, namesOf(single)], ['single', [at('a/single', 'stt.gguf')]]);
    const triple = await find(list('a/triple', 'lm.gguf', 'mimi-encoder-f16.safetensors', 'tokenizer.model'));
    assert.deepEqual(
      namesOf(triple),
      ['lm.gguf', 'mimi-encoder-f16.safetensors', 'tokenizer.model'].map((name) => at('a/triple', name)),
    );
    const shards = await find(list('a/shards', 's-00002-of-00002.gguf', 's-00001-of-00002.gguf'));
    assert.deepEqual(namesOf(shards), [
      at('a/shards', 's-00001-of-00002.gguf'),
      at('a/shards', 's-00002-of-00002.gguf'),
    ]);
    await assert.rejects(find(list('a/none', 'README.md')), { code: 'model-invalid', message: /a\/none/ });
  });

  it('probes a mirror without a listing for the files of each layout', async () => {
    hub.put('a/plain/resolve/v1/config.json', Buffer.from('{}'));
    const fileSet = await find({ hub: origin, repo: 'a/plain', revision: 'v1' });
    assert.deepEqual([fileSet.layout, namesOf(fileSet)], ['official', [`${origin}a/plain/resolve/v1/config.json`]]);
    hub.put('a/named/resolve/main/named.gguf', new Uint8Array(64));
    const named = await find({ hub: origin, repo: 'a/named', revision: 'main' });
    assert.deepEqual([named.layout, namesOf(named)], ['single', [`${origin}a/named/resolve/main/named.gguf`]]);
    await assert.rejects(find({ hub: origin, repo: 'a/nothing', revision: 'main' }), {
      code: 'network',
      message: /a\/nothing/,
    });
    assert.ok(hub.requests.every(({ method }) => method === 'GET'));
  });

  it('makes no request for an installed model', async () => {
    const url = 'http://gone.test/a/b/resolve/c0ffee/stt.gguf';
    const installed = [{ url, name: 'stt.gguf', revision: 'main' }];
    for (const revision of ['main', 'c0ffee']) {
      const fileSet = await find({ hub: 'http://gone.test/', repo: 'a/b', revision }, { ...storedFiles(), installed });
      assert.deepEqual(namesOf(fileSet), [url]);
    }
  });

  it('does not use an installed revision for a different one', async () => {
    const main = await find(list('a/moves', 'stt.gguf'));
    const installed = filesOf(main);
    hub.put('a/moves/resolve/v2/moves.gguf', new Uint8Array(64));
    const other = await find({ hub: origin, repo: 'a/moves', revision: 'v2' }, { ...storedFiles(), installed });
    assert.deepEqual(namesOf(other), [`${origin}a/moves/resolve/v2/moves.gguf`]);
  });

  it('does not use what another mirror served, not even under the key of earlier versions', async () => {
    const location = list('a/b', 'stt.gguf');
    const installed = [{ url: 'http://other.test/a/b/resolve/c0ffee/stt.gguf', name: 'stt.gguf', revision: 'main' }];
    assert.deepEqual(namesOf(await find(location, { ...storedFiles(), installed })), [
      `${origin}a/b/resolve/c0ffee/stt.gguf`,
    ]);
    // The hub's own files from before are still found, without a request.
    const own = [{ url: `${HUB}a/b/resolve/c0ffee/stt.gguf`, name: 'stt.gguf', revision: 'main' }];
    const fetch = (): never => assert.fail('sent a request');
    const found = await locate(
      { hub: HUB, repo: 'a/b', revision: 'main' },
      { ...storedFiles(), installed: own },
      { fetch },
    );
    assert.deepEqual(namesOf(found), [`${HUB}a/b/resolve/c0ffee/stt.gguf`]);
  });

  it('accepts names that are no valid escapes or have no UTF-8 form', async () => {
    assert.deepEqual(namesOf(await find({ url: 'http://x.test/%.gguf' })), ['http://x.test/%.gguf']);
    assert.deepEqual(namesOf(await find({ url: 'http://x.test/%E0-00001-of-00002.gguf' })), [
      'http://x.test/%E0-00001-of-00002.gguf',
      'http://x.test/%25E0-00002-of-00002.gguf',
    ]);
    const [url = ''] = namesOf(await find(list('a/odd', 'lone \ud800.gguf')));
    assert.match(url, /lone%20%EF%BF%BD\.gguf$/);
  });

  it('fails if a server does not respond within stallMs', async () => {
    const silent = await startHub({ faults: () => ({ hangs: true }) });
    silent.put('api/models/a/b/revision/main', new Uint8Array(64));
    const location = { hub: `${new URL(silent.url('x')).origin}/`, repo: 'a/b', revision: 'main' };
    const asked = locate(location, storedFiles(), { stallMs: 50 });
    await assert.rejects(asked, { code: 'network', message: /no response within 0.05 s/ });
    await silent.close();
  });

  it('uses the name, the repository or the URL as the key, whatever the version', () => {
    const files = { gguf: 'http://x.test/v1/a.gguf', mimi: 'm', tokenizer: 't' };
    assert.equal(keyOf({ ...files, name: 'stt' }), 'stt');
    assert.equal(keyOf(files), 'http://x.test/v1/a.gguf');
    assert.equal(keyOf({ hub: HUB, repo: 'a/b', revision: 'v2' }), 'a/b');
    assert.equal(keyOf({ hub: origin, repo: 'a/b', revision: 'v2' }), `${origin}a/b/`);
    assert.equal(keyOf({ url: 'http://x.test/a.gguf' }), 'http://x.test/a.gguf');
  });

  it('removes the signature of a URL from the key', () => {
    const signed = 'http://x.test/a.gguf?v=2&X-Amz-Date=20260101&X-Amz-Signature=00ff#x';
    assert.equal(keyOf({ url: signed }), 'http://x.test/a.gguf?v=2');
    assert.equal(keyOf({ gguf: signed, mimi: 'm', tokenizer: 't' }), 'http://x.test/a.gguf?v=2');
    assert.equal(keyOf({ url: 'models/x.gguf' }), 'models/x.gguf');
  });
});
