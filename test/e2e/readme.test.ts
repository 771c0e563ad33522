/** What the README shows is what works. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, hears } from './element-page.js';
import { withSite } from './site.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('README.md', () => {
  it('shows a snippet that listens at the press of its button', async () => {
    const shown = /```html\n([^]*?)```/.exec(README)?.[1] ?? '';
    // Its words are known with the small model only; that the other is the default, delivery.test.ts tells.
    const snippet = shown.replace('<kyutai-stt>', '<kyutai-stt model="demo">');
    assert.notEqual(snippet, shown);
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('dist/snippet.html', (it) =>
        it.route('**/dist/snippet.html', (route) => route.fulfill({ contentType: 'text/html', body: snippet })),
      );
      const element = page.locator('kyutai-stt');
      await button(element).click();
      await hears(element, wordsOf(LIVE_CLIP));
    });
  });

  it('shows a recogniser whose words appear', async () => {
    const snippet = /## As the browser's own SpeechRecognition[^]*?```js\n([^]*?)```/.exec(README)?.[1] ?? '';
    const script = snippet.replace("'kyutai-stt/speech-recognition.js'", "'./speech-recognition.js'");
    assert.notEqual(script, snippet);
    const body = `<!doctype html><link rel="icon" href="data:,"><body><script type="module">${script}</script>`;
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('dist/recogniser.html', (it) =>
        it.route('**/dist/recogniser.html', (route) => route.fulfill({ contentType: 'text/html', body })),
      );
      await page.waitForFunction((wanted) => document.body.textContent === wanted, wordsOf(LIVE_CLIP));
    });
  });

  for (const document of [
    'README.md',
    'CONTRIBUTING.md',
    'docs/architecture.md',
    'docs/frameworks.md',
    'docs/hosting.md',
    'docs/model.md',
    'models/README.md',
  ]) {
    it(`links to nothing that is missing, in ${document}`, () => {
      const text = readFileSync(join(ROOT, document), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] ?? '');
      const missing = links.filter((link) => !existsSync(join(ROOT, dirname(document), link)));
      assert.deepEqual(missing, []);
    });
  }
});
