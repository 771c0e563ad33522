/** Live captions of a video: cues in its text track, at the right times, through seeks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { wordsOf } from './clips.js';
import { withSite, type Site } from './site.js';

/** The first words in the video. */
const FIRST = wordsOf('en_human_seen');

interface Cue {
  readonly text: string;
  readonly startTime: number;
  readonly endTime: number;
}

async function film(site: Site): Promise<Page> {
  const page = await site.open('demo/captions.html');
  await page.locator('#film').evaluate((node) => (node as HTMLVideoElement).play().catch(() => undefined));
  return page;
}

const cues = (page: Page): Promise<Cue[]> =>
  page.locator('#film').evaluate((node) =>
    Array.from((node as HTMLVideoElement).textTracks[0]?.cues ?? [], (cue) => ({
      text: (cue as VTTCue).text,
      startTime: cue.startTime,
      endTime: cue.endTime,
    })),
  );

const transcriptOf = (page: Page): Promise<string> =>
  page.locator('#captions').evaluate((node) => (node as KyutaiSttElement).transcript.replaceAll('\n', ' '));

/** Resolves once the transcript contains `text`. */
async function untilTranscript(page: Page, text: string): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      document.querySelector<KyutaiSttElement>('#captions')?.transcript.replaceAll('\n', ' ').includes(wanted),
    text,
  );
}

const seek = (page: Page, to: number): Promise<void> =>
  page.locator('#film').evaluate((node, time) => {
    (node as HTMLVideoElement).currentTime = time;
  }, to);

describe('a captioned video', () => {
  it('gets cues at the times of its words, and keeps them through a seek', async () => {
    await withSite({}, async (site) => {
      const page = await film(site);
      await untilTranscript(page, FIRST);
      const mode = await page.locator('#film').evaluate((node) => (node as HTMLVideoElement).textTracks[0]?.mode);
      assert.equal(mode, 'showing');
      const first = await cues(page);
      assert.ok(
        first
          .map(({ text }) => text)
          .join(' ')
          .replaceAll('\n', ' ')
          .startsWith(FIRST.slice(0, 10)),
      );
      const [cue] = first;
      assert.ok(cue && cue.startTime > 0.9 && cue.startTime < 2.2, `the first cue begins at ${cue?.startTime}`);

      // Seeking back to what is captioned already: nothing is captioned twice.
      await seek(page, 0.5);
      await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 4.5);
      const again = (await cues(page)).filter(({ startTime }) => startTime < 4);
      assert.equal(again.length, first.filter(({ startTime }) => startTime < 4).length);

      // Seeking ahead: the words of the last 4 s of 21 get their cues.
      await seek(page, 16.5);
      await untilTranscript(page, 'ten meters');
      await page.waitForFunction(() => {
        const { cues = null } = document.querySelector('video')?.textTracks[0] ?? {};
        return Array.from(cues ?? []).some(({ startTime }) => startTime > 16.5 && startTime < 20);
      });
      assert.deepEqual(site.outside, []);
    });
  });

  it('seeks to a clicked word of the transcript, and exports captions with the times of the video', async () => {
    await withSite({}, async (site) => {
      const page = await film(site);
      await untilTranscript(page, FIRST);
      await page.locator('#film').evaluate((node) => (node as HTMLVideoElement).pause());
      const before = await page.locator('#film').evaluate((node) => (node as HTMLVideoElement).currentTime);
      await page.locator('#captions').locator('[part~=word]').first().click();
      const after = await page.locator('#film').evaluate((node) => (node as HTMLVideoElement).currentTime);
      assert.ok(after < before - 1 && after > 0.9 && after < 2.2, `from ${before} to ${after}`);
      const vtt = await page.locator('#captions').evaluate((node) => (node as KyutaiSttElement).toVTT());
      assert.match(vtt, /^WEBVTT\n\n00:00:0[12]\./);
      assert.match(await transcriptOf(page), new RegExp(FIRST));
    });
  });

  it('reports that a tab was shared without audio', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/captions.html', (it) =>
        it.addInitScript(() => {
          navigator.mediaDevices.getDisplayMedia = () =>
            Promise.resolve(document.createElement('canvas').captureStream());
        }),
      );
      await page.locator('#share').click();
      await page.locator('#tab:state(failed)').waitFor();
      assert.match((await page.locator('#tab').locator('[part~=error]').textContent()) ?? '', /Also share tab audio/);
    });
  });
});

describe('the styling page', () => {
  it('shows the CSS of each look as it is written', async () => {
    const css = readFileSync(new URL('../../demo/styling.css', import.meta.url), 'utf8');
    await withSite({}, async (site) => {
      const page = await site.open('demo/styling.html');
      await page.locator('#bare + pre').waitFor();
      const shown = await page.locator('pre').allTextContents();
      assert.equal(shown.length, 7);
      for (const rules of shown) for (const rule of rules.split('\n\n')) assert.ok(css.includes(`${rule}\n`), rule);
    });
  });

  it('transcribes with every style at once, with one model', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/styling.html');
      await page.getByRole('button', { name: 'Transcribe a recording in all' }).click();
      await page.waitForFunction(
        (wanted) =>
          [...document.querySelectorAll<KyutaiSttElement>('kyutai-stt')].every(
            ({ transcript }) => transcript.replaceAll('\n', ' ') === wanted,
          ),
        FIRST,
      );
      const engines = await page
        .locator('kyutai-stt')
        .evaluateAll((nodes) => nodes.map((node) => (node as KyutaiSttElement).engine?.engineId));
      assert.equal(new Set(engines).size, 1);
    });
  });
});

describe("the visitor's settings", () => {
  it('apply in another tab at once, and after a reload', async () => {
    await withSite({}, async (site) => {
      const [first, second] = [await site.open('demo/minimal.html'), await site.open('demo/minimal.html')];
      const size = (page: Page): Promise<string> =>
        page
          .locator('kyutai-stt')
          .locator('[part~=captions]')
          .evaluate((box) => getComputedStyle(box).fontSize);
      const before = await size(second);
      await first.locator('kyutai-stt').locator('[part~=settings]').click();
      await first.getByLabel('Text size').selectOption('Huge');
      await second.locator('kyutai-stt').locator('.root[data-size=largest]').waitFor({ state: 'attached' });
      assert.equal(parseFloat(await size(second)), 2.5 * parseFloat(before));
      await second.reload();
      assert.equal(parseFloat(await size(second)), 2.5 * parseFloat(before));
      await second.locator('kyutai-stt').locator('[part~=settings]').click();
      await second.getByRole('button', { name: 'Reset to defaults' }).click();
      await first.locator('kyutai-stt').locator('.root:not([data-size])').waitFor({ state: 'attached' });
      assert.equal(await size(first), before);
    });
  });
});
