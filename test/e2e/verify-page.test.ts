/** The verification page: the command's check in a browser, under its strict content security policy. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { createRequire } from 'node:module';
import type Axe from 'axe-core';
import type { Page } from 'playwright';
import { withSite } from './site.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const outcome = (page: Page): Promise<string> =>
  page.getByRole('heading', { level: 2, name: /^Verification (passed|failed)$/ }).innerText();

describe('the verification page', () => {
  it('verifies the demo model, and copies the report', async () => {
    await withSite({}, async (site) => {
      await site.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const page = await site.open('demo/verify.html');
      await page.getByRole('button', { name: 'Verify' }).click();
      assert.equal(await outcome(page), 'Verification passed');
      const report = await page.getByLabel('Report').innerText();
      assert.match(report, /1536 of 1536 \(100\.0 %\) codes equal[^]*tokens equal end to end +193 of 193/);
      assert.match(report, /Machine +\d+ processors, Mozilla\//);
      await page.getByRole('button', { name: 'Copy the report' }).click();
      await page.getByText('Copied', { exact: true }).waitFor();
      assert.equal((await page.evaluate(() => navigator.clipboard.readText())).trim(), report.trim());
      await page.evaluate(AXE);
      const problems = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: typeof Axe };
        return (await axe.run({ exclude: 'video' }, { preload: false })).violations.map(({ id }) => id);
      });
      assert.deepEqual(problems, []);
      assert.deepEqual(site.outside, []);
    });
  });

  it('verifies a file of the visitor’s, and says what is no model', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/verify.html');
      await page.getByLabel('Model').selectOption('file');
      await page.getByLabel(/^A \.gguf file/).setInputFiles('models/demo-en_fr-q4_0.gguf');
      await page.getByRole('button', { name: 'Verify' }).click();
      assert.equal(await outcome(page), 'Verification passed');
      await page
        .getByLabel(/^A \.gguf file/)
        .setInputFiles({ name: 'notes.gguf', mimeType: 'text/plain', buffer: Buffer.from('no model at all') });
      await page.getByRole('button', { name: 'Verify' }).click();
      await page
        .getByRole('alert')
        .filter({ hasText: /notes\.gguf.*\(model-invalid\)/ })
        .waitFor();
      assert.deepEqual(site.outside, []);
    });
  });

  it('selects the report where the clipboard is refused', async () => {
    await withSite({}, async (site) => {
      const page = await site.open('demo/verify.html', (it) =>
        it.addInitScript(() => {
          navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
        }),
      );
      await page.getByRole('button', { name: 'Verify' }).click();
      await outcome(page);
      await page.getByRole('button', { name: 'Copy the report' }).click();
      await page.getByText('The report is selected').waitFor();
      assert.match(await page.evaluate(() => String(getSelection())), /^Model[^]*Verification passed\.$/);
    });
  });

  it('reports a failed check, and what is no model', async () => {
    const reference = JSON.parse(readFileSync('reference/demo.json', 'utf8')) as { tokens: number[] };
    const wrong = JSON.stringify({ ...reference, tokens: reference.tokens.map(() => 3) });
    await withSite({}, async (site) => {
      const page = await site.open('demo/verify.html', (it) =>
        it.context().route('**/reference/demo.json', (route) => route.fulfill({ body: wrong })),
      );
      await page.getByRole('button', { name: 'Verify' }).click();
      assert.equal(await outcome(page), 'Verification failed');
      assert.match(await page.getByLabel('Report').innerText(), /FAIL {2}CPU: tokens on the official codes/);
      await page.getByLabel('Model').selectOption('url');
      await page.getByLabel(/^Repository/).fill('missing.gguf');
      await page.getByRole('button', { name: 'Verify' }).click();
      await page
        .getByRole('alert')
        .filter({ hasText: /missing\.gguf.*404.*\(network\)/ })
        .waitFor();
    });
  });
});
