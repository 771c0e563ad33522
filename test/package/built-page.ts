/** Opens pages that a consumer has built, and transcribes with them. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import { startServer } from '../../tools/static-server.mjs';
import { LIVE_CLIP, wordsOf } from '../e2e/clips.js';
import { button, untilTranscript } from '../e2e/element-page.js';
import { CLIPS, withSite } from '../e2e/site.js';

/** Serves the folder `out` and opens its page, or `html` in its place. */
export async function serve(out: string, use: (page: Page) => Promise<void>, html?: string): Promise<void> {
  const server = await startServer({ mounts: { '/': out } });
  try {
    await open(new URL('/index.html', server.url).href, use, html);
  } finally {
    await server.close();
  }
}

/** A microphone that plays `LIVE_CLIP` in a loop. */
const LOOP = `--use-file-for-fake-audio-capture=${CLIPS}${LIVE_CLIP}.wav`;

/** Opens a page in Chromium, whose microphone plays `LIVE_CLIP` in a loop. */
export async function open(url: string, use: (page: Page) => Promise<void>, html?: string): Promise<void> {
  await withSite({ args: [LOOP] }, async ({ context, outside }) => {
    const page = await context.newPage();
    const errors: Error[] = [];
    page.on('pageerror', (error) => errors.push(error));
    if (html !== undefined) await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.goto(url);
    await use(page);
    assert.deepEqual(errors, []);
    assert.deepEqual(outside, []);
  });
}

/**
 * Presses the button of the page's element; resolves once the transcript contains the clip's words. On a busy machine
 * Chromium drops samples of a live stream; then a later repetition of the clip counts.
 */
export async function transcribesMicrophone(page: Page): Promise<void> {
  const element = page.locator('kyutai-stt');
  await button(element).click();
  await untilTranscript(element, wordsOf(LIVE_CLIP), { contained: true });
}
