/** A page whose main thread is blocked during speech, as that of a hidden tab may be, loses no audio. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, transcriptOf, untilTranscript, inState } from './element-page.js';
import { withSite } from './site.js';

/** Milliseconds for which the page is blocked: longer than the clip. */
const STILL = 8_000;

describe('a page that is blocked while it listens', () => {
  it('shows all words once it runs again', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/elements.html');
      const element = page.locator('#first');
      await button(element).click();
      await inState(element, 'listening');
      const before = await element.evaluate((node, still) => {
        const { transcript } = node as KyutaiSttElement;
        for (const end = performance.now() + still; performance.now() < end;);
        return transcript;
      }, STILL);
      assert.equal(before, '');
      await untilTranscript(element, wordsOf(LIVE_CLIP));
      await button(element).click();
      await inState(element, 'ready');
      assert.equal(await transcriptOf(element), wordsOf(LIVE_CLIP));
    });
  });
});
