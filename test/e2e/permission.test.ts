/** A visitor who refused the microphone and thinks better of it: Chromium's own button asks for it once more. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, hears, inState } from './element-page.js';
import { withSite } from './site.js';

declare global {
  /** What the page's scripts asked for. */
  var asked: MediaStreamConstraints[];
}

/** The visitor, or what they once told the browser, refuses the first time that a script asks. */
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
  it('is given by a click on the button of the browser, alone and with nothing done to its sound', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/elements.html', refuseOnce);
      const element = page.locator('#first');
      await button(element).click();
      await inState(element, 'failed');
      const control = element.locator('microphone[part=permission]');
      await control.evaluate((node) => {
        node.addEventListener('track', ({ currentTarget }) => Object.assign(globalThis, { control: currentTarget }));
      });
      // Chromium takes no click on a button that has only just come into view.
      await page.waitForTimeout(1_000);
      await control.click();
      await hears(element, wordsOf(LIVE_CLIP));
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
