/** A visitor who refused the microphone can allow it with Chromium's permission button. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, untilTranscript, inState } from './element-page.js';
import { withSite } from './site.js';

declare global {
  /** The constraints of each call of `getUserMedia`. */
  var asked: MediaStreamConstraints[];
}

/** Refuses the first call of `getUserMedia`, as a visitor or a setting would. */
function refuseOnce(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    globalThis.asked = [];
    const { mediaDevices } = navigator;
    const real = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (constraints = {}) => {
      globalThis.asked.push(constraints);
      if (globalThis.asked.length > 1) return real(constraints);
      return Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
    };
  });
}

describe('a microphone that was refused', () => {
  it('is allowed by a click on the button of the browser, without video and without audio processing', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/elements.html', refuseOnce);
      const element = page.locator('#first');
      await button(element).click();
      await inState(element, 'failed');
      const control = element.locator('microphone[part=permission]');
      await control.evaluate((node) => {
        node.addEventListener('track', ({ currentTarget }) => Object.assign(globalThis, { control: currentTarget }));
      });
      // Chromium ignores clicks on the button while it has only just come into view, and offers no event for this.
      await page.waitForTimeout(1_000);
      await control.click();
      await untilTranscript(element, wordsOf(LIVE_CLIP));
      assert.equal(await control.count(), 0);
      assert.equal(await element.evaluate((node) => node.shadowRoot?.activeElement?.getAttribute('part')), 'button');

      const { states, asked } = await page.evaluate(() => {
        const { track } = (globalThis as unknown as { control: { track: MediaStreamTrack } }).control;
        return { states: [track.kind, track.readyState], asked: globalThis.asked };
      });
      assert.deepEqual(states, ['audio', 'ended']);
      assert.equal(asked.length, 2);
      assert.equal(asked[1]?.video, undefined);
      assert.equal((asked[1]?.audio as MediaTrackConstraints).echoCancellation, false);
      await button(element).click();
      await inState(element, 'ready');
    });
  });
});
