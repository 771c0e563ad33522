/** The built element on a plain host. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, transcriptOf, untilTranscript, inState, transcribe } from './element-page.js';
import { withSite } from './site.js';

describe('two elements on one page', () => {
  it('load the model once and transcribe two clips at the same time', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('pages/elements.html');
      const elements = [page.locator('#first'), page.locator('#second')] as const;
      const texts = await Promise.all([
        transcribe(elements[0], '../clips/en_long_15s.wav'),
        transcribe(elements[1], '../clips/fr_human_seen.wav'),
      ]);
      assert.deepEqual(texts, [wordsOf('en_long_15s'), wordsOf('fr_human_seen')]);

      const engines = await Promise.all(
        elements.map((element) => element.evaluate((node) => (node as KyutaiSttElement).engine)),
      );
      assert.equal(engines[0]?.engineId, engines[1]?.engineId);
      assert.equal(engines[1]?.loads, 1);
      assert.equal(site.timesFetched('.gguf'), 1);
      assert.deepEqual(site.outside, []);
    });
  });
});

describe('the button', () => {
  it('transcribes the microphone and shows the words; a second press ends the stream with the last words', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const element = (await site.open('pages/elements.html')).locator('#first');
      await button(element).click();
      await inState(element, 'listening');
      await untilTranscript(element, wordsOf(LIVE_CLIP));
      await button(element).click();
      await inState(element, 'ready');
      assert.equal(await transcriptOf(element), wordsOf(LIVE_CLIP));
      assert.deepEqual(await element.locator('[part~=word]').allInnerTexts(), wordsOf(LIVE_CLIP).split(' '));
      assert.deepEqual(site.outside, []);
    });
  });

  it('works from the keyboard', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('pages/elements.html');
      const element = page.locator('#first');
      await button(element).focus();
      await page.keyboard.press('Enter');
      await inState(element, 'listening');
      await page.keyboard.press('Escape');
      await inState(element, 'ready');
    });
  });

  it('shows a remedy where the microphone is refused, and can be pressed again', async () => {
    await withSite({ args: ['--use-fake-ui-for-media-stream=deny'] }, async (site) => {
      const element = (await site.open('pages/elements.html')).locator('#first');
      await button(element).click();
      await inState(element, 'failed');
      assert.equal(await element.evaluate((node) => (node as KyutaiSttElement).error?.code), 'not-allowed');
      assert.match((await element.locator('[part~=error]').textContent()) ?? '', /Allow microphone access/);
      await button(element).click();
      await inState(element, 'failed');
    });
  });

  it('reports that the model is missing', async () => {
    await withSite({}, async (site) => {
      const element = (await site.open('pages/elements.html')).locator('#first');
      await element.evaluate((node) => {
        node.setAttribute('model', './missing.gguf');
      });
      await button(element).click();
      await inState(element, 'failed');
      assert.equal(await element.evaluate((node) => (node as KyutaiSttElement).error?.code), 'network');
    });
  });
});

describe('the element, hosted differently', () => {
  it('works under a strict content security policy', async () => {
    const policy =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";
    await withSite({ headers: { 'content-security-policy': policy }, microphone: LIVE_CLIP }, async (site) => {
      const element = (await site.open('pages/elements.html')).locator('#first');
      await button(element).click();
      await untilTranscript(element, wordsOf(LIVE_CLIP));
    });
  });

  it('names the policy where it forbids WebAssembly', async () => {
    const policy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src data:";
    await withSite({ headers: { 'content-security-policy': policy } }, async (site) => {
      const element = (await site.open('pages/elements.html')).locator('#first');
      await button(element).click();
      await inState(element, 'failed');
      const error = await element.evaluate((node) => (node as KyutaiSttElement).error?.message);
      assert.match(error ?? '', /\(blocked-by-policy\)$/);
      assert.match((await element.locator('[part~=error]').textContent()) ?? '', /security policy/);
    });
  });

  it('works without a SharedWorker, under a path of the host, where two elements still share one model', async () => {
    await withSite({ base: '/some/folder/' }, async (site) => {
      const page = await site.open('pages/elements.html', (it) =>
        it.addInitScript(() => Reflect.deleteProperty(globalThis, 'SharedWorker')),
      );
      const texts = await Promise.all([
        transcribe(page.locator('#first'), '../clips/en_noisy_0.wav'),
        transcribe(page.locator('#second'), '../clips/fr_espeak_3.wav'),
      ]);
      assert.deepEqual(texts, [wordsOf('en_noisy_0'), wordsOf('fr_espeak_3')]);
      assert.equal(site.timesFetched('.gguf'), 1);
      const host = await page.locator('#first').evaluate((node) => (node as KyutaiSttElement).host?.kind);
      assert.equal(host, 'dedicated');
    });
  });
});
