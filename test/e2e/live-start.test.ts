/** When the capture worklet is requested: before a live source needs it, and never for a recording. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, inState, transcribe, untilTranscript } from './element-page.js';
import { withSite } from './site.js';

const WORKLET = 'capture.worklet.js';
/** No `blob:`, no `data:`: what is kept has to be kept without them. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";

describe('a live start', () => {
  it('makes no request after load(), nor does a second one: the server may be gone', async () => {
    const headers = { 'content-security-policy': POLICY, 'cache-control': 'no-cache' };
    await withSite({ microphone: LIVE_CLIP, headers }, async (site) => {
      const element = (await site.open('pages/elements.html')).locator('#first');
      await element.evaluate((node) => (node as KyutaiSttElement).load());
      assert.equal(site.timesFetched(WORKLET), 1);
      const before = site.served.length;
      await site.stop();
      for (let run = 0; run < 2; run++) {
        await button(element).click();
        await untilTranscript(element, wordsOf(LIVE_CLIP));
        await button(element).click();
        await inState(element, 'ready');
      }
      assert.deepEqual(site.served.slice(before), []);
    });
  });

  it('requests the worklet once for all elements, and a recording never does', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/elements.html');
      const [first, second] = [page.locator('#first'), page.locator('#second')];
      assert.equal(await transcribe(first, '../clips/en_espeak_0.wav'), wordsOf('en_espeak_0'));
      assert.equal(site.timesFetched(WORKLET), 0);
      await button(second).click();
      await untilTranscript(second, wordsOf(LIVE_CLIP));
      await first.evaluate((node) => (node as KyutaiSttElement).load());
      assert.equal(site.timesFetched(WORKLET), 1);
    });
  });
});
