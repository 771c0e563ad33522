/** `backend="webgpu"` end to end, on the software adapter: the same words as on the CPU. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { transcribe } from './client-page.js';
import { wordsOf } from './clips.js';
import { transcribe as transcribeIn } from './element-page.js';
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
      // A SharedWorker stays, with its engine, for the tests below.
      if (kind === 'dedicated') await page.close();
    });
  }

  for (const kind of ['shared', 'dedicated'] as const) {
    it(`transcribes for an element in a ${kind} worker`, async () => {
      const page = await site.open('pages/elements.html', async (it) => {
        if (kind === 'dedicated') await it.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker'));
      });
      const element = page.locator('#first');
      await element.evaluate((node) => {
        node.setAttribute('backend', 'webgpu');
      });
      assert.equal(await transcribeIn(element, '../clips/fr_espeak_3.wav'), wordsOf('fr_espeak_3'));
      const { host, engine } = await element.evaluate((node) => {
        const { host, engine } = node as KyutaiSttElement;
        return { host, engine };
      });
      assert.deepEqual([host?.kind, engine?.backend], [kind, 'webgpu']);
      if (kind === 'dedicated') await page.close();
    });
  }

  it('transcribes four streams at once with one model', async () => {
    const page = await site.open('pages/client.html');
    const clips = ['fr_human_1', 'en_espeak_0', 'fr_espeak_3', 'en_flite_rms_1'];
    const results = await Promise.all(clips.map((clip) => transcribe(page, clip, { backend: 'webgpu' })));
    assert.deepEqual(
      results.map(({ text }) => text),
      clips.map(wordsOf),
    );
    assert.equal(new Set(results.map(({ info }) => info.engineId)).size, 1);
    assert.ok(results.every(({ info }) => info.backend === 'webgpu'));
    await page.close();
  });

  it('is not chosen by default, because the adapter is software', async () => {
    const page = await site.open('pages/client.html');
    const { info } = await transcribe(page, 'silence_3s');
    assert.equal(info.backend, 'wasm');
    assert.match(info.fallback ?? '', /swiftshader/i);
    await page.close();
  });
});
