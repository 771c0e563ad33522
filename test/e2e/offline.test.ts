/** The page with a service worker: it works offline, and updates as a whole. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { startServer } from '../../tools/static-server.mjs';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, untilTranscript } from './element-page.js';
import { withSite, type Site } from './site.js';

const DEMO = fileURLToPath(new URL('../../demo/', import.meta.url));

/** Opens the page and resolves once its files are cached. */
async function kept(site: Site): Promise<Page> {
  const page = await site.open('demo/offline.html');
  await page.getByText('This page is stored.').waitFor();
  return page;
}

async function speak(page: Page): Promise<void> {
  const element = page.locator('kyutai-stt');
  await button(element).click();
  await untilTranscript(element, wordsOf(LIVE_CLIP));
}

/** Starts an empty server in place of the stopped one, and records its requests. */
async function ear(site: Site): Promise<{ readonly asked: readonly string[]; readonly close: () => Promise<void> }> {
  const asked: string[] = [];
  const server = await startServer({
    mounts: {},
    port: Number(new URL(site.url).port),
    log: (_, url) => asked.push(url),
  });
  return { asked, close: () => server.close() };
}

describe('the page cached by a service worker', () => {
  it('transcribes the microphone offline, and requests nothing', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await kept(site);
      await site.stop();
      const { asked, close } = await ear(site);
      await site.context.setOffline(true);
      await page.reload();
      await speak(page);
      await close();
      // Whenever a page opens, the browser itself looks for a newer service worker; the page does not need the response.
      assert.deepEqual(
        asked.filter((path) => path !== '/demo/sw.js'),
        [],
      );
      assert.deepEqual(site.outside, []);
    });
  });

  it('opens and loads its model without a server', async () => {
    await withSite({}, async (site) => {
      await (await kept(site)).close();
      await site.stop();
      const page = await site.open('demo/offline.html?from=a-link#speak');
      const model = await page.locator('kyutai-stt').evaluate(async (node) => {
        const element = node as HTMLElement & { load(): Promise<void>; engine?: { model: string } };
        await element.load();
        return element.engine?.model;
      });
      assert.match(model ?? '', /demo/);
    });
  });

  it('answers range requests for a cached file as the server does', async () => {
    await withSite({}, async (site) => {
      const page = await kept(site);
      await page.reload();
      const model = '../dist/models/demo-en_fr-q4_0.gguf';
      const bytes = await readFile(new URL('../../dist/models/demo-en_fr-q4_0.gguf', import.meta.url));
      const ask = (range: string): Promise<{ status: number; range: string | null; length: number; first: number }> =>
        page.evaluate(
          async ([url, header]) => {
            const response = await fetch(url, { headers: { range: header } });
            const body = new Uint8Array(await response.arrayBuffer());
            const { status, headers } = response;
            return { status, range: headers.get('content-range'), length: body.length, first: body[0] ?? -1 };
          },
          [model, range] as const,
        );
      const before = site.served.length;
      const size = bytes.length;
      for (const [range, start, end] of [
        ['bytes=0-0', 0, 0],
        ['bytes=1000-1999', 1000, 1999],
        [`bytes=${size - 5}-`, size - 5, size - 1],
        ['bytes=-7', size - 7, size - 1],
        [`bytes=5-${size * 2}`, 5, size - 1],
      ] as const) {
        assert.deepEqual(
          await ask(range),
          { status: 206, range: `bytes ${start}-${end}/${size}`, length: end - start + 1, first: bytes[start] },
          range,
        );
      }
      assert.deepEqual(await ask(`bytes=${size}-`), { status: 416, range: `bytes */${size}`, length: 0, first: -1 });
      assert.equal((await ask('bytes=0-1,4-5')).status, 200);
      assert.equal(site.served.length, before);
      // Requests for other files go to the network unchanged.
      const other = await page.evaluate(async () => {
        const response = await fetch('clips/en_human_004.wav', { headers: { range: 'bytes=0-3' } });
        return { status: response.status, text: await response.text() };
      });
      assert.deepEqual(other, { status: 206, text: 'RIFF' });
      assert.equal(site.served.at(-1), '/demo/clips/en_human_004.wav');
    });
  });

  it('stays the same until the visitor accepts the new version, then updates as a whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'offline-'));
    try {
      await cp(DEMO, folder, { recursive: true });
      await withSite({ mounts: { 'demo/': folder } }, async (site) => {
        const page = await kept(site);
        await page.evaluate(() => caches.open('a cache of the page itself'));
        await deploy(folder);
        await page.reload();
        await page.getByText('A new version of this page is available.').waitFor();
        assert.match(await page.title(), /Without a network/);
        await page.reload();
        assert.match(await page.title(), /Without a network/);

        await page.getByRole('button', { name: 'Use the new version' }).click();
        await page.waitForFunction(() => document.title === 'New version');
        await page.getByText('This page is stored.').waitFor();
        assert.deepEqual((await page.evaluate(() => caches.keys())).sort(), [
          'a cache of the page itself',
          'page with <kyutai-stt>, another',
        ]);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does not handle the other pages of its folder', async () => {
    await withSite({}, async (site) => {
      await kept(site);
      const page = await site.open('demo/');
      assert.equal(await page.evaluate(() => navigator.serviceWorker.controller), null);
    });
  });

  it('has the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.ok((await readFile(join(DEMO, 'sw.js'), 'utf8')).includes(`const VERSION = '${version}';`));
  });
});

/** A new version of page and worker. */
async function deploy(folder: string): Promise<void> {
  const change = async (file: string, from: RegExp, to: string): Promise<void> => {
    const text = await readFile(join(folder, file), 'utf8');
    assert.match(text, from);
    await writeFile(join(folder, file), text.replace(from, to));
  };
  await change('offline.html', /<title>.*<\/title>/, '<title>New version</title>');
  await change('sw.js', /const VERSION = '.*';/, "const VERSION = 'another';");
}
