/** Models in the browser's storage: downloaded once, resumed, shared between tabs, cached, and described before the download. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator, Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { startHub, type Hub, type HubOptions } from '../hub/hub.js';
import { publicFiles, type PublicFiles } from '../hub/public-files.js';
import { button, inState, transcribe } from './element-page.js';
import { withSite, type Site } from './site.js';
import { wordsOf } from './clips.js';

const CLIP = 'en_human_goforward';
const CHUNK = 4 * 1024 * 1024;
/** Where the package looks for its default model on a mirror, below the mirror's address. */
const PINNED = 'idle-intelligence/stt-1b-en_fr-q4_0-webgpu/resolve/9833bf03613b6692e05b1da902917d591118eb7f';
const OFFICIAL = 'kyutai/stt-1b-en_fr-candle/resolve/095e38f6242006a93c2541149b181988397f5c7c/model.safetensors';

let files: PublicFiles;
before(async () => {
  files = await publicFiles();
});

const hubs: Hub[] = [];
after(() => Promise.all(hubs.map((hub) => hub.close())));

/** Starts a hub with the public model under its name, as a repository, and as one file. */
async function fullHub(options: HubOptions = {}): Promise<{ hub: Hub; origin: string }> {
  const hub = await startHub(options);
  hubs.push(hub);
  hub.put(`${PINNED}/stt-1b-en_fr-q4_0.gguf`, files.gguf);
  hub.put(`${PINNED}/mimi-encoder-f16.safetensors`, files.mimi);
  hub.put(`${PINNED}/tokenizer.model`, files.tokenizer);
  hub.put(OFFICIAL, files.official);
  hub.put('own.gguf', files.own);
  const repository = {
    'lm-q4_0.gguf': files.gguf,
    'mimi.safetensors': files.mimi,
    'tokenizer.model': files.tokenizer,
    'mimi_config.json': files.mimiConfig,
  };
  for (const [name, bytes] of Object.entries(repository)) hub.put(`someone/small/resolve/c0ffee/${name}`, bytes);
  const listing = { sha: 'c0ffee', siblings: Object.keys(repository).map((rfilename) => ({ rfilename })) };
  hub.put('api/models/someone/small/revision/main', Buffer.from(JSON.stringify(listing)));
  return { hub, origin: new URL(hub.url('x')).origin };
}

/** Opens a page with one element, which has `attributes`. */
async function openElement(site: Site, attributes: string): Promise<{ page: Page; element: Locator }> {
  const body = `<!doctype html><script type="module" src="kyutai-stt.js"></script><kyutai-stt ${attributes}></kyutai-stt>`;
  const page = await site.open('dist/one.html', (it) =>
    it.route('**/dist/one.html', (route) => route.fulfill({ contentType: 'text/html', body })),
  );
  return { page, element: page.locator('kyutai-stt') };
}

const part = (element: Locator, name: string): Locator => element.locator(`[part~="${name}"]`);
const noticeSays = (element: Locator, text: RegExp): Promise<void> =>
  part(element, 'notice').filter({ hasText: text }).waitFor();

describe('a model from a hub', () => {
  it('by default comes in three files, with pause heads by range, and gives the same words as one GGUF', async () => {
    const { hub, origin } = await fullHub();
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `base-url="${origin}"`);
      const text = await transcribe(element, `../clips/${CLIP}.wav`);
      const info = await element.evaluate((node) => (node as KyutaiSttElement).engine);
      assert.equal(info?.pauseHeads, 4);
      const official = hub.requests.filter(({ at, name }) => at === 'storage' && name === OFFICIAL);
      const asked = official.reduce((sum, { range }) => sum + (range ? range[1] - range[0] + 1 : Infinity), 0);
      const header = 8 + Number(new DataView(files.official.buffer).getBigUint64(0, true));
      assert.equal(asked, header + 4 * 6 * 256 * 2);
      await page.close();
      const own = await openElement(site, `model="${hub.url('own.gguf')}"`);
      assert.equal(await transcribe(own.element, `../clips/${CLIP}.wav`), text);
    });
  });

  it('is found in a repository by its list of files, and loads after a reload without the hub', async () => {
    const { hub, origin } = await fullHub();
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `model="someone/small" base-url="${origin}"`);
      assert.equal(await transcribe(element, `../clips/${CLIP}.wav`), wordsOf(CLIP));
      const asked = hub.requests.length;
      assert.equal(await transcribe(element, `../clips/${CLIP}.wav`), wordsOf(CLIP));
      assert.equal(hub.requests.length, asked, 'a cached model needs no request');
      await hub.close();
      await page.reload();
      assert.equal(await transcribe(page.locator('kyutai-stt'), `../clips/${CLIP}.wav`), wordsOf(CLIP));
      assert.equal(hub.requests.length, asked);
    });
  });

  it('resumes its download after a reload', async () => {
    let reloaded = false;
    const again: number[] = [];
    const { hub } = await fullHub({
      faults: ({ at, range }) =>
        at === 'storage' && !reloaded && (range?.[0] ?? 0) >= CHUNK ? { drip: { bytes: 1024, everyMs: 50 } } : {},
      onSent: (_, start) => {
        if (reloaded) again.push(start);
      },
    });
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `model="${hub.url('own.gguf')}"`);
      await button(element).click();
      const half = await element.elementHandle();
      await page.waitForFunction((node) => {
        const stt = node as KyutaiSttElement & { seen?: number };
        stt.seen ??= (stt.addEventListener('progress', ({ detail }) => (stt.seen = detail.loaded)), 0);
        return stt.seen > 4 * 1024 * 1024 + 2048;
      }, half);
      reloaded = true;
      await page.reload();
      assert.notEqual(await transcribe(page.locator('kyutai-stt'), `../clips/${CLIP}.wav`), undefined);
      assert.ok(again.length > 0 && again.every((start) => start >= CHUNK), `fetched again from ${Math.min(...again)}`);
    });
  });

  it('is downloaded once for two tabs', async () => {
    const { hub } = await fullHub();
    await withSite({}, async (site) => {
      const attributes = `model="${hub.url('own.gguf')}" worker-kind="dedicated"`;
      const tabs = [await openElement(site, attributes), await openElement(site, attributes)];
      await Promise.all(tabs.map(({ element }) => element.evaluate((node) => (node as KyutaiSttElement).load())));
      assert.equal(hub.sentBytes, files.own.length);
    });
  });

  it('loads from a server that compresses every answer and so ignores ranges', async () => {
    const { hub, origin } = await fullHub({ faults: ({ at }) => (at === 'storage' ? { gzip: true } : {}) });
    await withSite({}, async (site) => {
      const { element } = await openElement(site, `base-url="${origin}" model="someone/small"`);
      assert.equal(await transcribe(element, `../clips/${CLIP}.wav`), wordsOf(CLIP));
      assert.ok(hub.requests.some(({ at, name }) => at === 'storage' && name.endsWith('lm-q4_0.gguf')));
    });
  });

  it('that exceeds the quota reports it, and resumes once there is space', async () => {
    const { hub } = await fullHub();
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `model="${hub.url('own.gguf')}"`);
      const session = await site.context.newCDPSession(page);
      const { origin } = new URL(site.url);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 6e6 });
      await button(element).click();
      await inState(element, 'failed');
      assert.match((await part(element, 'error').textContent()) ?? '', /Free up some disk space/);
      await noticeSays(element, /the download will resume/);
      await session.send('Storage.overrideQuotaForOrigin', { origin });
      await transcribe(element, `../clips/${CLIP}.wav`);
      assert.ok(hub.sentBytes < files.own.length + CHUNK, `${hub.sentBytes} bytes were sent`);
    });
  });

  it('that exceeds the quota is kept in memory if the visitor agrees, and gives the same words', async () => {
    const { hub } = await fullHub();
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `model="${hub.url('own.gguf')}"`);
      const session = await site.context.newCDPSession(page);
      const { origin } = new URL(site.url);
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 6e6 });
      await button(element).click();
      await inState(element, 'failed');
      await part(element, 'memory').click();
      await element.evaluate((node) => (node as KyutaiSttElement).load());
      await element.evaluate((node) => (node as KyutaiSttElement).abort());
      const text = await transcribe(element, `../clips/${CLIP}.wav`);
      const kept = await element.evaluate((node) => (node as KyutaiSttElement).engine?.notKept);
      assert.match(kept ?? '', /quota exceeded|are free/i);
      await session.send('Storage.overrideQuotaForOrigin', { origin });
      await page.close();
      const { element: other } = await openElement(site, `model="${hub.url('own.gguf')}" worker-kind="dedicated"`);
      assert.equal(await transcribe(other, `../clips/${CLIP}.wav`), text);
      assert.equal(await other.evaluate((node) => (node as KyutaiSttElement).engine?.notKept), undefined);
    });
  });

  it('that is missing gives one network error, and a remedy in the language of the visitor', async () => {
    const hub = await startHub();
    hubs.push(hub);
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `lang="fr" base-url="${new URL(hub.url('x')).origin}"`);
      await page.evaluate(() => {
        const codes: string[] = [];
        Object.assign(globalThis, { codes });
        document.addEventListener(
          'error',
          (event) => {
            const { detail } = event as unknown as CustomEvent<{ code?: string }>;
            codes.push(detail.code ?? '');
            event.stopPropagation();
          },
          true,
        );
      });
      await button(element).click();
      await inState(element, 'failed');
      assert.deepEqual(await page.evaluate(() => (globalThis as unknown as { codes: string[] }).codes), ['network']);
      assert.match((await part(element, 'error').textContent()) ?? '', /Vérifiez votre connexion/);
    });
  });
});

describe('<kyutai-stt> before it starts', () => {
  it('shows the size of the download, and afterwards that the model is installed', async () => {
    const { origin } = await fullHub();
    await withSite({}, async (site) => {
      const { page, element } = await openElement(site, `base-url="${origin}"`);
      await noticeSays(element, /669\s?MB\) will be downloaded once and stored on this device/);
      await element.evaluate(
        (node, baseUrl) => (node.constructor as typeof KyutaiSttElement).install({ baseUrl }),
        origin,
      );
      await page.reload();
      await noticeSays(page.locator('kyutai-stt'), /is already on this device/);
      const models = await element.evaluate((node) => (node.constructor as typeof KyutaiSttElement).installed());
      assert.deepEqual(
        models.map(({ model, complete }) => [model, complete]),
        [['stt-1b-en_fr', true]],
      );
      await element.evaluate(
        (node, baseUrl) => (node.constructor as typeof KyutaiSttElement).uninstall({ baseUrl }),
        origin,
      );
      assert.deepEqual(await element.evaluate((node) => (node.constructor as typeof KyutaiSttElement).installed()), []);
    });
  });

  it('predicts the backend and the speed, with a software adapter and the CPU', async () => {
    const { hub, origin } = await fullHub();
    await withSite({}, async (site) => {
      const { element } = await openElement(site, `base-url="${origin}"`);
      const answer = await element.evaluate(
        (node, baseUrl) => (node.constructor as typeof KyutaiSttElement).available({ baseUrl }),
        origin,
      );
      assert.deepEqual([answer.status, answer.backend, answer.build], ['downloadable', 'wasm', 'relaxed']);
      assert.ok((answer.predictedRtf ?? 0) > 0);
      assert.equal(hub.requests.length, 0, 'no request was made');
    });
  });
});
