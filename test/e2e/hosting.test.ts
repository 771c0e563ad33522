/** The package on another origin, under content security policies, and as a classic script. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import type * as Package from '../../src/index.js';
import { startServer } from '../../tools/static-server.mjs';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, untilTranscript, transcribe } from './element-page.js';
import { withSite, type Site } from './site.js';

const LIT = fileURLToPath(new URL('../../node_modules/lit-html/', import.meta.url));
const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

/** The least that a page's policy must allow, as documented. */
const POLICY = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; require-trusted-types-for 'script'";

/** Opens a page of the site that consists of `html`. */
function pageOf(site: Site, html: string, headers: Record<string, string> = {}): Promise<Page> {
  const contentType = 'text/html';
  return site.open('page.html', (it) =>
    it.route('**/page.html', (route) => route.fulfill({ contentType, headers, body: `<!doctype html>${html}` })),
  );
}

describe('the package on another origin than the page', () => {
  it('loads its model and worker from there, and transcribes the microphone', async () => {
    const asked: string[] = [];
    const cdn = await startServer({
      mounts: { '/package/dist/': DIST },
      headers: { 'access-control-allow-origin': '*' },
      log: (_method, url) => asked.push(url),
    });
    try {
      await withSite({ microphone: LIVE_CLIP }, async (site) => {
        assert.notEqual(new URL(cdn.url).origin, new URL(site.url).origin);
        // A real page of this site: Chromium lets no page of unknown origin reach a server on this machine.
        const page = await site.open('pages/elsewhere.html');
        await page.addScriptTag({ type: 'module', url: new URL('/package/dist/kyutai-stt.js', cdn.url).href });
        const element = page.locator('kyutai-stt');
        await button(element).click();
        await untilTranscript(element, wordsOf(LIVE_CLIP));
        for (const file of ['shared.worker.js', 'capture.worklet.js', 'demo-en_fr-q4_0.gguf'])
          assert.ok(
            asked.some((path) => path.endsWith(file)),
            `${file} is not among ${asked.join(' ')}`,
          );
        assert.deepEqual(
          site.served.filter((path) => path.includes('dist/')),
          [],
        );
      });
    } finally {
      await cdn.close();
    }
  });
});

describe('the package under a policy', () => {
  for (const policy of [POLICY, `${POLICY}; trusted-types kyutai-stt lit-html`]) {
    it(`transcribes the microphone under ${policy}`, async () => {
      await withSite({ microphone: LIVE_CLIP, headers: { 'content-security-policy': policy } }, async (site) => {
        const html = '<script type="module" src="dist/kyutai-stt.js"></script><kyutai-stt model="demo">';
        const page = await pageOf(site, html, { 'content-security-policy': policy });
        const element = page.locator('kyutai-stt');
        await button(element).click();
        await untilTranscript(element, wordsOf(LIVE_CLIP));
        const host = await element.evaluate((node) => (node as Package.KyutaiSttElement).host?.kind);
        assert.equal(host, 'shared');
      });
    });
  }

  for (const worker of ['shared', 'dedicated']) {
    it(`transcribes the microphone with a ${worker} worker under nonces and strict-dynamic`, async () => {
      const policy = "script-src 'nonce-abc' 'strict-dynamic' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'";
      const headers = { 'content-security-policy': policy };
      await withSite({ microphone: LIVE_CLIP, headers }, async (site) => {
        const html = `<script type="module" nonce="abc" src="dist/kyutai-stt.js"></script><kyutai-stt model="demo" worker-kind="${worker}">`;
        const page = await pageOf(site, html, headers);
        const element = page.locator('kyutai-stt');
        await button(element).click();
        await untilTranscript(element, wordsOf(LIVE_CLIP));
        const host = await element.evaluate((node) => (node as Package.KyutaiSttElement).host?.kind);
        assert.equal(host, worker);
      });
    });
  }

  const listed = { 'content-security-policy': `${POLICY}; trusted-types kyutai-stt lit-html` };
  for (const scripts of [
    ['lit/lit-html.js', 'dist/kyutai-stt.js'],
    ['dist/kyutai-stt.js', 'lit/lit-html.js'],
    ['dist/kyutai-stt.js', 'copy/kyutai-stt.js'],
    ['dist/kyutai-stt.bundle.js', 'lit/lit-html.js', 'copy/kyutai-stt.js'],
  ]) {
    it(`works with ${scripts.join(', then ')} under Trusted Types`, async () => {
      await withSite({ headers: listed, mounts: { 'lit/': LIT, 'copy/': DIST } }, async (site) => {
        const tags = scripts.map(
          (src) => `<script ${src.includes('bundle') ? '' : 'type="module"'} src="${src}"></script>`,
        );
        const html = `${tags.join('')}<kyutai-stt model="demo">`;
        const page = await pageOf(site, html, listed);
        // Each script has run: one that failed would reject here, too.
        for (const src of scripts.filter((each) => !each.endsWith('bundle.js')))
          await page.evaluate((url) => import(new URL(url, document.baseURI).href), src);
        const text = await transcribe(page.locator('kyutai-stt'), 'clips/en_espeak_0.wav');
        assert.equal(text, wordsOf('en_espeak_0'));
        // Another copy starts its worker, too.
        for (const src of scripts.filter((each) => each.endsWith('kyutai-stt.js'))) {
          const status = await page.evaluate(async (url) => {
            const { available } = (await import(new URL(url, document.baseURI).href)) as typeof Package;
            return (await available({ model: 'demo', probe: false })).status;
          }, src);
          assert.notEqual(status, 'unavailable');
        }
      });
    });
  }

  for (const policy of [
    "worker-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'; child-src 'none'",
    'trusted-types lit-html',
  ])
    for (const worker of ['auto', 'shared', 'dedicated'] as const)
      it(`says that ${policy} blocks the worker (${worker})`, async () => {
        const headers = { 'content-security-policy': policy };
        await withSite({ headers }, async (site) => {
          const page = await pageOf(site, '<p>A page without the element', headers);
          const failure = await page.evaluate(async (kind) => {
            const { SttClient } = (await import(new URL('dist/client.js', document.baseURI).href)) as typeof Package;
            const client = new SttClient({ model: 'demo', worker: kind });
            return client.load().then(
              () => 'loaded',
              (cause: unknown) => (cause as Package.SttError).message,
            );
          }, worker);
          assert.match(failure, /\(blocked-by-policy\)$/);
        });
      });

  it('starts no worker of a foreign origin or a data: URL that markup names under Trusted Types', async () => {
    const requests: string[] = [];
    // To the browser, localhost and 127.0.0.1 are two origins.
    const log = (_method: string, url: string): void => void requests.push(url);
    const other = await startServer({ mounts: { '/': DIST }, cors: true, host: '127.0.0.1', log });
    const policy = "require-trusted-types-for 'script'; trusted-types kyutai-stt lit-html";
    const headers = { 'content-security-policy': policy };
    try {
      await withSite({ headers }, async (site) => {
        for (const src of [
          `http://127.0.0.1:${other.port}/shared.worker.js`,
          'data:text/javascript,fetch("dist/ran")',
        ]) {
          const html = `<script type="module" src="dist/kyutai-stt.js"></script><kyutai-stt model="demo" worker-src='${src}'>`;
          const page = await pageOf(site, html, headers);
          await page.evaluate(() => customElements.whenDefined('kyutai-stt').then(() => undefined));
          const code = await page.locator('kyutai-stt').evaluate((node) => {
            const element = node as Package.KyutaiSttElement;
            element.addEventListener('error', (event) => event.stopPropagation());
            return element.load().then(
              () => 'loaded',
              (cause: unknown) => (cause as Package.SttError).code,
            );
          });
          assert.match(code, /^(worker-failed|blocked-by-policy)$/);
        }
        assert.deepEqual(requests, []);
        assert.deepEqual(
          site.served.filter((path) => path.endsWith('/ran')),
          [],
        );
      });
    } finally {
      await other.close();
    }
  });

  it('starts a dedicated worker under Trusted Types', async () => {
    await withSite({ headers: { 'content-security-policy': POLICY } }, async (site) => {
      const html =
        '<script type="module" src="dist/kyutai-stt.js"></script><kyutai-stt model="demo" worker-kind="dedicated">';
      const page = await pageOf(site, html, { 'content-security-policy': POLICY });
      const text = await transcribe(page.locator('kyutai-stt'), 'clips/en_espeak_0.wav');
      assert.equal(text, wordsOf('en_espeak_0'));
    });
  });
});

describe('the bundle for a plain script tag', () => {
  it('defines the element, exposes the package as one global variable, and finds the files beside it', async () => {
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await pageOf(
        site,
        '<script src="dist/kyutai-stt.bundle.js"></script><kyutai-stt model="demo"></kyutai-stt>',
      );
      const offered = await page.evaluate(() =>
        Object.keys((globalThis as unknown as { kyutaiStt: typeof Package }).kyutaiStt),
      );
      for (const name of ['KyutaiSttElement', 'KyutaiSpeechRecognition', 'SttClient'])
        assert.ok(offered.includes(name));
      const element = page.locator('kyutai-stt');
      await button(element).click();
      await untilTranscript(element, wordsOf(LIVE_CLIP));
    });
  });
});
