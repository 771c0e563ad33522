/** The package's entry points share one package in a page, also when they are loaded twice or together. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type * as Client from '../../src/client/index.js';
import type * as Package from '../../src/index.js';
import { wordsOf } from './clips.js';
import { transcribe } from './element-page.js';
import { withSite } from './site.js';

describe('the entries of the package in a page', () => {
  it('may be loaded twice: the first registration stays and works', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('pages/elements.html');
      const first = await page.evaluate(async () => {
        await customElements.whenDefined('kyutai-stt');
        const before = customElements.get('kyutai-stt');
        const again = (await import(new URL('../dist/kyutai-stt.js?again', document.baseURI).href)) as typeof Package;
        return customElements.get('kyutai-stt') === before && again.KyutaiSttElement !== before;
      });
      assert.equal(first, true);
      assert.equal(await transcribe(page.locator('#first'), '../clips/en_espeak_0.wav'), wordsOf('en_espeak_0'));
    });
  });

  it('share one SttError', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('pages/elements.html');
      const code = await page.evaluate(async () => {
        const folder = new URL('../dist/', document.baseURI);
        const { SttError } = (await import(new URL('client.js', folder).href)) as typeof Client;
        const element = document.createElement('kyutai-stt');
        element.disabled = true;
        const error = await element.start().catch((cause: unknown) => cause);
        return error instanceof SttError ? error.code : String(error);
      });
      assert.equal(code, 'invalid-state');
    });
  });
});
