/** `backend="webgpu"` end to end, on the software adapter: the CPU's words from a GPU's steps. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { transcribe } from './client-page.js';
import { wordsOf } from './clips.js';
import { openSite, type Site } from './site.js';

describe('the webgpu backend', () => {
  let site: Site;
  before(async () => (site = await openSite()));
  after(() => site.close());

  for (const kind of ['shared', 'dedicated'] as const) {
    it(`transcribes in a ${kind} worker and names its adapter`, async () => {
      const page = await site.open('pages/client.html', async (it) => {
        if (kind === 'dedicated') await it.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
      });
      const { text, info, host } = await transcribe(page, 'en_human_004', { backend: 'webgpu' });
      assert.equal(text, wordsOf('en_human_004'));
      assert.deepEqual([host.kind, info.backend], [kind, 'webgpu']);
      assert.match(info.adapter ?? '', /swiftshader/i);
      await page.close();
    });
  }

  it('runs on the CPU unless asked for, because the adapter is software', async () => {
    const page = await site.open('pages/client.html');
    const { info } = await transcribe(page, 'silence_3s');
    assert.equal(info.backend, 'wasm');
    assert.match(info.fallback ?? '', /swiftshader/i);
    await page.close();
  });
});
