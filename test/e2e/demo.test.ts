/** The demo's pages, as `npm start` shows them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, transcriptOf, untilTranscript, inState } from './element-page.js';
import { CLIPS, withSite } from './site.js';

describe('the demo', () => {
  it('transcribes a bundled recording, then the microphone, and requests nothing from other hosts', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('demo/');
      const element = page.locator('#main');

      await page.getByRole('button', { name: `Transcribe “${wordsOf('fr_human_seen')}” at once` }).click();
      await untilTranscript(element, wordsOf('fr_human_seen'));
      await inState(element, 'ready');

      await button(element).click();
      await untilTranscript(element, wordsOf(LIVE_CLIP));
      await button(element).click();
      await inState(element, 'ready');
      assert.equal(await transcriptOf(element), wordsOf(LIVE_CLIP));

      assert.equal(site.timesFetched('.gguf'), 1);
      assert.deepEqual(site.outside, []);
    });
  });

  it('scrolls the words into view on a phone, without animation if the visitor prefers reduced motion', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/', async (it) => {
        await it.setViewportSize({ width: 360, height: 640 });
        await it.emulateMedia({ reducedMotion: 'reduce' });
      });
      await page.setViewportSize({ width: 320, height: 640 });
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
      await page.setViewportSize({ width: 360, height: 640 });
      const press = page.getByRole('button', { name: `Transcribe “${wordsOf('fr_human_seen')}” at once` });
      await press.scrollIntoViewIfNeeded();
      const inView = (): Promise<boolean> =>
        page.locator('#main').evaluate((node) => {
          const { top, bottom } = node.getBoundingClientRect();
          return top >= 0 && bottom <= innerHeight;
        });
      assert.equal(await inView(), false);
      await press.click();
      assert.equal(await inView(), true);
      await untilTranscript(page.locator('#main'), wordsOf('fr_human_seen'));
    });
  });

  it('captions a recording while it plays', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/');
      await page.getByRole('button', { name: `Play and transcribe “${wordsOf(LIVE_CLIP)}”` }).click();
      await untilTranscript(page.locator('#main'), wordsOf(LIVE_CLIP));
    });
  });

  it('has a page that transcribes a file of the visitor, with words, facts and a log', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/files.html');
      await page.getByLabel('Audio or video').setInputFiles(`${CLIPS}fr_human_seen.wav`);
      const element = page.locator('kyutai-stt');
      await untilTranscript(element, wordsOf('fr_human_seen'));
      await inState(element, 'ready');
      assert.equal(await page.locator('#words tr').count(), wordsOf('fr_human_seen').split(' ').length);
      assert.match(await page.locator('#facts').innerText(), /wasm.*shared worker.*% of real time/s);
      assert.match(await page.locator('#log').innerText(), /end[^]*transcript[^]*start[^]*ready/);
      await element.locator('[part~=word]').last().dblclick();
      await page.keyboard.type('corrected');
      await page.keyboard.press('Enter');
      await page.locator('#words tr').last().getByText('corrected').waitFor();
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save captions' }).click();
      assert.equal((await saved).suggestedFilename(), 'captions.vtt');
      assert.deepEqual(site.outside, []);
    });
  });

  it('runs a dozen elements on one model', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/many.html');
      await page.getByRole('button', { name: 'Run all' }).click();
      await page.getByText(/s of speech in .* s, on one model\./).waitFor();
      // One button runs all of them.
      assert.equal(await page.getByRole('button').count(), 1);
      const texts = await page
        .locator('kyutai-stt')
        .evaluateAll((nodes) =>
          nodes.map((node) => (node as KyutaiSttElement).words.map(({ text }) => text).join(' ')),
        );
      assert.equal(texts.length, 12);
      assert.equal(texts[0], wordsOf('en_human_goforward'));
      assert.deepEqual(texts.slice(0, 6), texts.slice(6));
    });
  });

  it('shows a remedy where the microphone is refused', async () => {
    await withSite({ args: ['--use-fake-ui-for-media-stream=deny'] }, async (site) => {
      const element = (await site.open('demo/')).locator('#main');
      await button(element).click();
      await inState(element, 'failed');
      assert.match((await element.locator('[part~=error]').textContent()) ?? '', /Allow microphone access/);
    });
  });

  it('has a minimal page, which works', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const element = (await site.open('demo/minimal.html')).locator('kyutai-stt');
      await button(element).click();
      await untilTranscript(element, wordsOf(LIVE_CLIP));
    });
  });
});
