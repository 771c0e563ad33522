/** demo/hands-free.html: push to talk from a cold start, a key that dictates into the focused field, and spoken commands. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import type Axe from 'axe-core';
import type { Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { inState, untilTranscript } from './element-page.js';
import { withSite } from './site.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The end of the microphone's clip: a busy machine may lose the first words of live audio. */
const LAST_WORDS = wordsOf(LIVE_CLIP).split(' ').slice(-2).join(' ');

describe('the hands-free demo', () => {
  it('listens while the key is held, from the first press on', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('demo/hands-free.html');
      const element = page.locator('kyutai-stt[hotkey-mode=hold]');
      await page.getByTitle('Hold F9 to talk').waitFor();
      await page.keyboard.down('F9');
      await untilTranscript(element, LAST_WORDS, { contained: true });
      await inState(element, 'listening');
      await page.keyboard.up('F9');
      await inState(element, 'ready');
    });
  });

  it('dictates into the focused field, whose button names the key in its language', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('demo/hands-free.html');
      await page.getByTitle(/^Raccourci clavier\s: Alt\+Maj\+D$/).waitFor();
      const field = page.getByLabel('Texte');
      await field.focus();
      await page.keyboard.press('Alt+Shift+D');
      await page.waitForFunction(
        (text) => document.querySelector('textarea')?.value.toLowerCase().includes(text),
        LAST_WORDS,
      );
      assert.equal(await page.locator('input').inputValue(), '');
      assert.ok(await field.evaluate((node) => node.matches(':focus')));
      await page.keyboard.press('Alt+Shift+D');
      await inState(page.locator('kyutai-stt[for=texte]'), 'ready');
    });
  });

  it('writes what a spoken command says', async () => {
    const words = LAST_WORDS;
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('demo/hands-free.html');
      const element = page.locator('#dictating');
      await element.evaluate((node: KyutaiSttElement, phrase) => {
        node.commands = { en: { [phrase]: { name: 'done', text: '\u2026 done.' } } };
      }, words);
      await element.getByRole('button').click();
      await page.waitForFunction(() =>
        document.querySelector<HTMLTextAreaElement>('#letter')?.value.includes('\u2026 done.'),
      );
      assert.equal(await page.locator('#last').textContent(), `done (${words})`);
      assert.ok(!(await page.locator('#letter').inputValue()).includes(words));
    });
  });

  it('is accessible, and fits a narrow window', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/hands-free.html', (it) => it.setViewportSize({ width: 320, height: 800 }));
      await page.getByTitle('Hold F9 to talk').waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
        assert.deepEqual(await accessibilityProblems(page), []);
      }
    });
  });
});

async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run(document, { preload: false });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
