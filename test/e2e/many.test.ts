/** Twelve elements and three tabs share one model; tabs may close at any time, and the worker ends with the last. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { wordsOf } from './clips.js';
import { transcribe } from './element-page.js';
import { withSite, type Site } from './site.js';

const CLIPS = ['en_long_15s', 'fr_espeak_0', 'en_espeak_0', 'fr_human_seen', 'en_noisy_0', 'fr_espeak_3'] as const;
const clipOf = (turn: number): string => CLIPS[turn % CLIPS.length] ?? '';

/** Every element of the page transcribes another clip, all at once. */
async function hearAll(page: Page, from: number): Promise<void> {
  const elements = await page.locator('kyutai-stt').all();
  const texts = await Promise.all(
    elements.map((element, i) => transcribe(element, `../clips/${clipOf(from + i)}.wav`)),
  );
  assert.deepEqual(
    texts,
    elements.map((_, i) => wordsOf(clipOf(from + i))),
  );
}

const engines = (page: Page): Promise<(string | undefined)[]> =>
  page.locator('kyutai-stt').evaluateAll((nodes) => nodes.map((node) => (node as KyutaiSttElement).engine?.engineId));

/** The URLs of the running SharedWorkers. */
async function workers(site: Site): Promise<string[]> {
  const browser = site.context.browser();
  assert.ok(browser);
  const session = await browser.newBrowserCDPSession();
  const { targetInfos } = await session.send('Target.getTargets');
  await session.detach();
  return targetInfos.filter(({ type }) => type === 'shared_worker').map(({ url }) => url);
}

describe('twelve elements and three tabs', () => {
  it('share one model, and continue when the tab that loaded it closes', async () => {
    await withSite({}, async (site) => {
      const first = await site.open('pages/many.html');
      assert.equal(await first.locator('kyutai-stt').count(), 12);
      await hearAll(first, 0);
      const second = await site.open('pages/elements.html');
      const third = await site.open('pages/elements.html');
      const all = await Promise.all([second, third].map((page, i) => hearAll(page, i)));
      assert.equal(all.length, 2);

      const ids = (await Promise.all([first, second, third].map(engines))).flat();
      assert.equal(ids.length, 16);
      assert.equal(new Set(ids).size, 1);
      assert.equal(site.timesFetched('.gguf'), 1);
      assert.equal((await workers(site)).length, 1);

      // The tab that loaded the model closes while its twelve streams run.
      const spoken = first.evaluate(
        () =>
          new Promise<void>((resolve) =>
            addEventListener('transcript', () => resolve(), { capture: true, once: true }),
          ),
      );
      const left = hearAll(first, 3).catch((cause: unknown) => cause);
      const others = Promise.all([hearAll(second, 4), hearAll(third, 2)]);
      await spoken;
      await first.close();
      assert.ok((await left) instanceof Error);
      await others;
      await second.close();
      await hearAll(third, 1);
      assert.equal(site.timesFetched('.gguf'), 1);
      assert.deepEqual(site.outside, []);
    });
  });

  it('end the SharedWorker when all are closed', async () => {
    await withSite({}, async (site) => {
      // This tab keeps the browser open.
      await site.context.newPage();
      const page = await site.open('pages/elements.html');
      await hearAll(page, 0);
      assert.equal((await workers(site)).length, 1);
      await page.close();
      for (let tries = 0; (await workers(site)).length > 0; tries++) {
        assert.ok(tries < 100, 'the SharedWorker still runs');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
  });
});
