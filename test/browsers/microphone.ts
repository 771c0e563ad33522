/** The microphone plays a clip: from a click on the button to the words. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from '../e2e/clips.js';
import { record, until, withLiveSound, withSite, withTab } from './browser.js';
import { clickButton, untilHeard } from './visitor.js';

describe('the microphone', () => {
  it('is transcribed after a click', async () => {
    await withSite(async ({ url }) => {
      await withLiveSound(() =>
        withTab(`${url}pages/elements.html`, async (tab) => {
          await clickButton(tab, '#first');
          await untilHeard(tab, '#first', wordsOf(LIVE_CLIP));
          assert.equal(
            await tab.evaluate(() => document.querySelector<KyutaiSttElement>('#first')?.state),
            'listening',
          );
          await clickButton(tab, '#first');
          await until(tab, () => document.querySelector<KyutaiSttElement>('#first')?.state === 'ready', []);
          record('microphone', 'yes');
        }),
      );
    });
  });
});
