/** A script without the package's other files beside it: from a `blob:`, or bundled to a classic script elsewhere. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { build } from 'esbuild';
import type { Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, inState, untilTranscript } from './element-page.js';
import { withSite } from './site.js';

/** Runs the bundle of the package from a `blob:`. */
async function fromBlob(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const bundle = await (await fetch('../dist/kyutai-stt.bundle.js')).blob();
    const script = document.createElement('script');
    script.src = URL.createObjectURL(new Blob([bundle], { type: 'text/javascript' }));
    const loaded = new Promise((resolve) => script.addEventListener('load', resolve));
    document.head.append(script);
    await loaded;
  });
}

/** Runs the package bundled into one classic script, which has no `import.meta`. */
async function bundledBySite(page: Page): Promise<void> {
  const { outputFiles } = await build({
    stdin: { contents: `import './dist/kyutai-stt.js';`, resolveDir: process.cwd() },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
  });
  await page.addScriptTag({ content: outputFiles[0]?.text ?? '' });
}

for (const [how, script] of [
  ['from a blob', fromBlob],
  ['bundled by the site', bundledBySite],
] as const) {
  describe(`a script ${how}`, () => {
    /** A page without a script of the package; then the element. */
    async function withElement(assets: string, use: (page: Page) => Promise<void>): Promise<void> {
      await withSite({ microphone: LIVE_CLIP }, async (site) => {
        const page = await site.open('pages/no-script.html');
        await script(page);
        await page.evaluate((url) => {
          document.body.innerHTML = `<kyutai-stt model="demo" assets="${url}"></kyutai-stt>`;
        }, assets);
        await use(page);
      });
    }

    it('transcribes a file and the microphone with the folder that `assets` names', async () => {
      await withElement('../dist', async (page) => {
        const element = page.locator('kyutai-stt');
        const words = await element.evaluate(async (node, clip) => {
          await (node as KyutaiSttElement).start(
            await (await fetch(clip)).blob().then((blob) => new File([blob], 'a.wav')),
          );
          await new Promise((resolve) => node.addEventListener('end', resolve, { once: true }));
          return (node as KyutaiSttElement).words.map(({ text }) => text).join(' ');
        }, `../clips/${LIVE_CLIP}.wav`);
        assert.equal(words, wordsOf(LIVE_CLIP));
        await button(element).click();
        await untilTranscript(element, wordsOf(LIVE_CLIP));
        await button(element).click();
        await inState(element, 'ready');
      });
    });

    it('lets a page ask about a model', async () => {
      await withElement('../dist', async (page) => {
        const status = await page.evaluate(async () => {
          const { available } = customElements.get('kyutai-stt') as unknown as typeof KyutaiSttElement;
          return (await available({ model: 'demo', assets: '../dist/' })).status;
        });
        assert.notEqual(status, 'unavailable');
      });
    });

    it('says what is missing without it', async () => {
      await withElement('', async (page) => {
        const error = await page.locator('kyutai-stt').evaluate(async (node) => {
          try {
            await (node as KyutaiSttElement).load();
            return 'none';
          } catch (cause) {
            return (cause as Error).message;
          }
        });
        assert.match(error, /demo-en_fr-q4_0\.gguf is not known: found a script at (blob:|undefined|data:)/);
        assert.match(
          error,
          /expected `assets` to be the URL of a copy of the package’s folder dist \(invalid-argument\)/,
        );
      });
    });
  });
}
