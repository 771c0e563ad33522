/** Downloads in Chromium: Cache API, Web Locks, CORS and redirects, in a page and in a SharedWorker. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright';
import type { Fault, HubRequest } from '../hub/faults.js';
import { startHub, type Hub } from '../hub/hub.js';
import { randomBytes, seeded } from '../hub/random.js';
import { manifestOf } from '../unit/download/rig.js';
import type { DeliveryTask, DeliveryResult } from './chunks.worker.js';
import { sharedChromium } from './site.js';

const CHUNK = 256 * 1024;
const bytes = randomBytes(seeded(21), 8 * CHUNK + 777);

declare global {
  /** Of `chunks.worker.ts`, when a page loads it as a script. */
  var deliver: (task: DeliveryTask) => Promise<DeliveryResult>;
}

describe('a download in a browser', () => {
  let hub: Hub;
  let site: Server;
  let browser: Browser;
  let fault: (request: HubRequest) => Fault = () => ({});

  before(async () => {
    const entry = fileURLToPath(new URL('chunks.worker.ts', import.meta.url));
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false });
    const script = outputFiles[0]?.contents ?? new Uint8Array();
    site = createServer((request, response) => {
      const isScript = request.url === '/chunks.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : '<script type="module" src="/chunks.js"></script>');
    });
    await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
    hub = await startHub({ faults: (request) => fault(request), signatureUses: 4, refusesWithCors: false });
    hub.put('file.bin', bytes);
    browser = await sharedChromium();
  });
  after(async () => {
    await hub.close();
    await new Promise((done) => {
      site.close(done);
      site.closeAllConnections();
    });
  });

  const openPage = async (): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    await reload(page);
    return page;
  };
  const reload = async (page: Page): Promise<void> => {
    await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`);
    await page.waitForFunction(() => 'deliver' in globalThis);
  };
  const inPage = (page: Page, task: DeliveryTask): Promise<DeliveryResult> =>
    page.evaluate((given) => globalThis.deliver(given), task);
  const inSharedWorker = (page: Page, task: DeliveryTask): Promise<DeliveryResult> =>
    page.evaluate(
      (given) =>
        new Promise<DeliveryResult>((resolve) => {
          const { port } = new SharedWorker('/chunks.js', { type: 'module' });
          port.onmessage = ({ data }: MessageEvent<DeliveryResult>) => resolve(data);
          port.postMessage(given);
        }),
      task,
    );

  for (const [where, deliver] of [
    ['a page', inPage],
    ['a SharedWorker', inSharedWorker],
  ] as const) {
    it(`survives cut responses, refusals and expiring addresses in ${where} without a preflight, and is cached`, async () => {
      const file = manifestOf(hub.url('file.bin'), bytes, CHUNK);
      const hash = manifestOf('', bytes, bytes.length).sha256?.[0];
      const page = await openPage();
      fault = ({ at, index }) => {
        if (index % 7 === 3) return { status: 503, retryAfter: '0' };
        return at === 'storage' && index % 5 === 2 ? { cutAfter: 100_000 } : {};
      };
      const first = hub.requests.length;
      const done = await deliver(page, { file });
      assert.deepEqual(done, { sha256: hash, kind: 'cache', complete: true, phases: done.phases });
      assert.ok(hub.requests.slice(first).every(({ method }) => method === 'GET'));
      assert.ok(hub.requests.slice(first).filter(({ at }) => at === 'hub').length > 1, 'no address expired');

      const asked = hub.requests.length;
      await reload(page);
      assert.equal((await deliver(page, { file })).sha256, hash);
      assert.equal(hub.requests.length, asked, 'requested a cached file');

      // One chunk is damaged in the store; only this chunk is downloaded again.
      fault = () => ({});
      assert.equal((await deliver(page, { file, damage: 5 })).sha256, hash);
      const again = hub.requests.slice(asked).filter(({ at }) => at === 'storage');
      assert.deepEqual([...new Set(again.map(({ range }) => range?.[0]))], [5 * CHUNK]);
      await page.context().close();
    });
  }

  it('happens once for a page and a SharedWorker that start together', async () => {
    const file = manifestOf(hub.url('file.bin'), bytes, CHUNK);
    const page = await openPage();
    fault = ({ at }) => (at === 'storage' ? { drip: { bytes: 64 * 1024, everyMs: 30 } } : {});
    const before = hub.sentBytes;
    const [one, two] = await Promise.all([inPage(page, { file }), inSharedWorker(page, { file })]);
    assert.equal(one.sha256, two.sha256);
    assert.equal(hub.sentBytes - before, bytes.length);
    assert.ok(one.phases.includes('downloading') && two.phases.includes('downloading'));
    await page.context().close();
  });
});
