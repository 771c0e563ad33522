/** The built client on a plain host. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { transcribe } from './client-page.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { openSite, withSite, type Site } from './site.js';

describe('the client', () => {
  let site: Site;
  before(async () => (site = await openSite()));
  after(() => site.close());

  it('transcribes a recording in a SharedWorker on a page without COOP and COEP', async () => {
    const page = await site.open('pages/client.html');
    const { text, host, isolated } = await transcribe(page, 'fr_human_seen');
    assert.equal(text, wordsOf('fr_human_seen'));
    assert.equal(host.kind, 'shared');
    assert.equal(isolated, false);
    await page.close();
  });

  it('falls back to a dedicated Worker where there is no SharedWorker, and reports why', async () => {
    const page = await site.open('pages/client.html', (it) =>
      it.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker')),
    );
    const { text, host } = await transcribe(page, 'en_human_seen');
    assert.equal(text, wordsOf('en_human_seen'));
    assert.equal(host.kind, 'dedicated');
    assert.match(host.reason, /no SharedWorker/);
    await page.close();
  });

  it('falls back to a dedicated Worker where the script of the SharedWorker is missing', async () => {
    const page = await site.open('pages/client.html', (it) =>
      it.addInitScript(() => {
        const { SharedWorker } = globalThis;
        globalThis.SharedWorker = class extends SharedWorker {
          constructor(url: string | URL, options?: string | WorkerOptions) {
            super(`${String(url)}.missing`, options);
          }
        };
      }),
    );
    const { text, host } = await transcribe(page, 'en_espeak_0');
    assert.equal(text, wordsOf('en_espeak_0'));
    assert.equal(host.kind, 'dedicated');
    assert.match(host.reason, /did not start/);
    await page.close();
  });

  it('shares one engine between two clients that transcribe different clips at once', async () => {
    const page = await site.open('pages/client.html');
    const both = await Promise.all([transcribe(page, 'en_noisy_0'), transcribe(page, 'fr_espeak_3')]);
    assert.deepEqual(
      both.map(({ text }) => text),
      [wordsOf('en_noisy_0'), wordsOf('fr_espeak_3')],
    );
    assert.equal(both[0].info.engineId, both[1].info.engineId);
    await page.close();
  });

  it('shares one engine between two tabs', async () => {
    const pages = [await site.open('pages/client.html'), await site.open('pages/client.html')];
    const both = await Promise.all(pages.map((page) => transcribe(page, 'en_espeak_0')));
    assert.equal(new Set(both.map(({ info }) => info.engineId)).size, 1);
    await Promise.all(pages.map((page) => page.close()));
  });

  it('names the address of a model that is missing', async () => {
    const page = await site.open('pages/client.html');
    const { code, message, remedy } = await transcribe(page, 'en_espeak_0', { model: './missing.gguf' });
    assert.equal(code, 'network');
    assert.match(message ?? '', /missing\.gguf.*404|404.*missing\.gguf/);
    assert.ok(remedy);
    await page.close();
  });

  it('reports a file that is not a model', async () => {
    const page = await site.open('pages/client.html');
    const { code, message } = await transcribe(page, 'en_espeak_0', { model: './no-model.gguf' });
    assert.equal(code, 'model-invalid');
    assert.match(message ?? '', /no-model\.gguf/);
    await page.close();
  });

  it('requests nothing from other hosts', () => {
    assert.deepEqual(site.outside, []);
  });
});

describe('the client, hosted differently', () => {
  it('works under a path of the host', async () => {
    await withSite({ base: '/some/folder/' }, async (site) => {
      const { text } = await transcribe(await site.open('pages/client.html'), 'en_espeak_0');
      assert.equal(text, wordsOf('en_espeak_0'));
    });
  });

  it('works under a strict content security policy', async () => {
    const policy =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";
    await withSite({ headers: { 'content-security-policy': policy } }, async (site) => {
      const { text, host } = await transcribe(await site.open('pages/client.html'), 'en_espeak_0');
      assert.equal(text, wordsOf('en_espeak_0'));
      assert.equal(host.kind, 'shared');
    });
  });

  it('works on a cross-origin-isolated page', async () => {
    const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
    await withSite({ headers }, async (site) => {
      const { text, isolated } = await transcribe(await site.open('pages/client.html'), 'en_espeak_0');
      assert.equal(text, wordsOf('en_espeak_0'));
      assert.equal(isolated, true);
    });
  });
});

describe('the client and the microphone', () => {
  it('transcribes the microphone', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/client.html');
      const { text } = await transcribe(page, undefined, { seconds: 8 });
      assert.equal(text, wordsOf(LIVE_CLIP));
      assert.deepEqual(site.outside, []);
    });
  });

  it('reports that the microphone was refused', async () => {
    await withSite({ args: ['--use-fake-ui-for-media-stream=deny'] }, async (site) => {
      const { code, remedy } = await transcribe(await site.open('pages/client.html'), undefined, { seconds: 1 });
      assert.equal(code, 'not-allowed');
      assert.match(remedy ?? '', /Allow microphone access/);
    });
  });
});
