/** The bench page: its figures, charts and tables agree, under its strict content security policy. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { Page } from 'playwright';
import { withSite } from './site.js';

interface Result {
  readonly backend: string;
  readonly build: string;
  readonly window: number;
  readonly mimi: number;
  readonly lmEmpty: number;
  readonly lmFull: number;
  readonly path: { readonly count: number; readonly p50: number; readonly p95: number; readonly p99: number };
  readonly rtf: number;
  readonly sessions: { readonly oneMs: number; readonly twoMs: number; readonly ratio: number };
  readonly firstWordMs: number | null;
  readonly load: { readonly bytes: number; readonly reused: boolean };
  readonly took: readonly number[];
}

/** Attention window of the demo model, in frames. */
const WINDOW = 128;
const MODEL = new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url);
/** A measurement runs a few hundred frames and five seconds of live audio. */
const PATIENCE = { timeout: 120_000 };

/** Measures, and returns the results in the page's JSON. */
async function measured(page: Page): Promise<Result[]> {
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.locator('#status', { hasText: 'Done' }).waitFor(PATIENCE);
  const json = await page.locator('#json').textContent();
  return (JSON.parse(json ?? '') as { results: Result[] }).results;
}

/** Collects violations of the content security policy from now on. */
async function watchPolicy(page: Page): Promise<string[]> {
  const complaints: string[] = [];
  await page.exposeFunction('complain', (what: string) => complaints.push(what));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      (globalThis as unknown as { complain: (what: string) => void }).complain(`${violatedDirective} ${blockedURI}`);
    });
  });
  return complaints;
}

describe('the bench page', () => {
  it('measures the demo model, shows the results and copies them', async () => {
    await withSite({}, async (site) => {
      await site.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      let complaints: string[] = [];
      const page = await site.open('demo/bench.html', async (it) => {
        complaints = await watchPolicy(it);
      });
      await page.getByLabel('Frames to measure').selectOption('50');
      const [result, ...rest] = await measured(page);
      assert.ok(result);
      assert.equal(rest.length, 0);
      assert.equal(result.backend, 'wasm');
      assert.equal(result.window, WINDOW);
      assert.equal(result.took.length, WINDOW + 50);
      assert.equal(result.path.count, 50);
      for (const time of [result.mimi, result.lmEmpty, result.lmFull, result.path.p50]) assert.ok(time > 0);
      const { oneMs, twoMs, ratio } = result.sessions;
      assert.ok(oneMs > 0 && ratio === twoMs / oneMs);
      assert.ok(result.path.p50 <= result.path.p95 && result.path.p95 <= result.path.p99);
      assert.equal(result.load.bytes, (await stat(MODEL)).size);
      assert.equal(result.load.reused, false);
      assert.ok((result.firstWordMs ?? 0) > 480, 'no word can come before the model’s own delay is over');

      assert.match(
        (await page.locator('#facts-rows').textContent()) ?? '',
        new RegExp(`WebAssembly build${result.build}`),
      );
      const rows = page.locator('#times-rows tr');
      assert.equal(await rows.count(), 10);
      assert.match((await rows.nth(4).locator('td').textContent()) ?? '', /^\d+\.\d+$/);
      const charts = page.getByRole('img');
      assert.equal(await charts.count(), 2);
      assert.match((await charts.first().getAttribute('aria-label')) ?? '', /Audio codec: CPU \d/);
      assert.ok(((await page.locator('#line path').getAttribute('d')) ?? '').split('L').length === WINDOW + 50);

      await page.getByRole('button', { name: 'Copy as JSON' }).click();
      await page.locator('#copied', { hasText: 'Copied.' }).waitFor();
      assert.equal(
        await page.evaluate(() => navigator.clipboard.readText()),
        await page.locator('#json').textContent(),
      );
      assert.deepEqual(complaints, []);
      assert.deepEqual(site.outside, []);
    });
  });

  it('measures a model by its address, reports that it is cached, and can be stopped', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/bench.html');
      await page.getByLabel('Model', { exact: true }).selectOption('url');
      await page.getByLabel('URL of a').fill('../dist/models/demo-en_fr-q4_0.gguf');
      await page.getByLabel('Frames to measure').selectOption('50');
      const [first] = await measured(page);
      assert.deepEqual([first?.load.reused, first?.window], [false, WINDOW]);
      await page.getByLabel('Frames to measure').selectOption('10000');
      await page.getByRole('button', { name: 'Measure' }).click();
      await page.locator('#status', { hasText: 'full window' }).waitFor(PATIENCE);
      await page.getByRole('button', { name: 'Stop' }).click();
      await page.locator('#status', { hasText: 'Stopped' }).waitFor();
      await page.getByLabel('Frames to measure').selectOption('50');
      const [second] = await measured(page);
      assert.equal(second?.load.reused, true);
    });
  });

  it('reports a wrong address, and can measure again', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/bench.html');
      await page.getByLabel('Model', { exact: true }).selectOption('url');
      await page.getByLabel('URL of a').fill('no-such-model.gguf');
      await page.getByRole('button', { name: 'Measure' }).click();
      await page.getByRole('alert').filter({ hasText: 'no-such-model.gguf' }).waitFor(PATIENCE);
      assert.equal(await page.getByRole('button', { name: 'Measure' }).isEnabled(), true);
      assert.equal(await page.locator('#results').isVisible(), false);
    });
  });

  it('fits a phone, with its charts', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/bench.html', (it) => it.setViewportSize({ width: 320, height: 640 }));
      await page.getByLabel('Frames to measure').selectOption('50');
      await measured(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      const chart = await page.locator('#bars svg').boundingBox();
      assert.ok(chart && chart.width > 200 && chart.width <= 320);
    });
  });
});
