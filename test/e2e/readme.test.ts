/** The snippets of README.md and docs/guide.md work, and the links of every document resolve. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, untilTranscript } from './element-page.js';
import { withSite } from './site.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const GUIDE = readFileSync(join(ROOT, 'docs/guide.md'), 'utf8');
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'kernels/README.md',
  'models/README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`)
    .sort(),
];

describe('README.md', () => {
  it('has a first snippet that listens at the press of its button', async () => {
    const shown = /```html\n([^]*?)```/.exec(README)?.[1] ?? '';
    // Only the small model is here; delivery.test.ts covers the default.
    const snippet = shown.replace('<kyutai-stt>', '<kyutai-stt model="demo">');
    assert.notEqual(snippet, shown);
    await withSite({ microphone: LIVE_CLIP }, async (site) => {
      const page = await site.open('dist/snippet.html', (it) =>
        it.route('**/dist/snippet.html', (route) => route.fulfill({ contentType: 'text/html', body: snippet })),
      );
      const element = page.locator('kyutai-stt');
      await button(element).click();
      await untilTranscript(element, wordsOf(LIVE_CLIP));
    });
  });

  it('has, in the guide, a SpeechRecognition snippet whose words appear', async () => {
    const snippet = /## SpeechRecognition[^]*?```js\n([^]*?)```/.exec(GUIDE)?.[1] ?? '';
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

  for (const document of DOCUMENTS) {
    it(`has only links to files and headings that exist, in ${document}`, () => {
      const text = readFileSync(join(ROOT, document), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map((match) => match[1] ?? '');
      assert.deepEqual(
        links.filter((link) => !leadsSomewhere(document, link)),
        [],
      );
    });
  }
});

/** Whether a relative link's file exists and, in Markdown, has the heading of its fragment. */
function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', fragment] = link.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, file))) return false;
  return fragment === undefined || !file.endsWith('.md') || headingsOf(file).includes(fragment);
}

/** The fragments that GitHub generates for a document's headings. */
function headingsOf(document: string): string[] {
  const text = readFileSync(join(ROOT, document), 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
