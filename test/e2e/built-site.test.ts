/** The site that `npm run site` builds: no dead link, no console message, and a front page that transcribes, in any folder of a host. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, type DefaultTreeAdapterMap } from 'parse5';
import type Axe from 'axe-core';
import type { Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';
import { LIVE_CLIP, wordsOf } from './clips.js';
import { button, inState, untilTranscript } from './element-page.js';
import { AUTOFILL } from './outside.js';
import { withSite, type Site, type SiteOptions } from './site.js';

type Node = DefaultTreeAdapterMap['node'];
type Element = DefaultTreeAdapterMap['element'];

const TOOL = fileURLToPath(new URL('../../tools/site.mjs', import.meta.url));
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** The end of the microphone's clip: a busy machine may lose the first words of live audio. */
const LAST_WORDS = wordsOf(LIVE_CLIP).split(' ').slice(-2).join(' ');
/** A host where the site is neither at the root nor alone. */
const BASE = '/some/folder/';
/** Documents that have nothing in them that the others do not have: axe takes seconds for each on a busy machine. */
const ALIKE = /^docs\/decisions\/\d/;
/** Attributes with the URL of a resource or page. */
const URLS = ['href', 'src', 'poster'];

let folder: string;
let pages: readonly string[];
before(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'site-')), 'out');
  execFileSync(process.execPath, [TOOL, '--no-build', folder]);
  pages = filesOf(folder).filter((file) => file.endsWith('.html'));
});
after(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

describe('the built site', () => {
  it('has a front page, a playground, documents and demos', () => {
    for (const page of ['index.html', 'playground.html', 'docs/index.html', 'docs/api.html', 'demo/index.html'])
      assert.ok(pages.includes(page), page);
    // Every document of the repository that is meant for readers is a page.
    for (const document of ['guide', 'frameworks', 'hosting', 'performance', 'architecture', 'model'])
      assert.ok(pages.includes(`docs/${document}.html`), document);
  });

  it('has only links and resources that exist, all of them relative', () => {
    const problems = pages.flatMap((page) =>
      linksOf(page).flatMap((link) => (isAlive(page, link) ? [] : [`${page}: ${link}`])),
    );
    assert.deepEqual(problems, []);
  });

  it('has the source maps that its scripts name', () => {
    const named = filesOf(folder)
      .filter((file) => /^dist\/.*\.js$/.test(file))
      .flatMap((file) => {
        const [, map] = /\/\/# sourceMappingURL=(\S+)\s*$/.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
        return map === undefined ? [] : [posix.join(posix.dirname(file), map)];
      });
    assert.ok(named.length > 0);
    assert.deepEqual(
      named.filter((map) => !existsSync(join(folder, map))),
      [],
    );
  });

  it('reaches every page from the front page', () => {
    const reached = new Set(['index.html']);
    for (const page of reached) {
      for (const link of linksOf(page)) {
        const target = targetOf(page, link);
        if (target?.path.endsWith('.html')) reached.add(target.path);
      }
    }
    assert.deepEqual(
      pages.filter((page) => !reached.has(page)),
      [],
    );
  });

  it('has no script, handler or style in its pages: a strict content security policy allows all of it', () => {
    for (const page of pages) {
      for (const { tagName, attrs, childNodes } of elementsOf(page)) {
        assert.notEqual(tagName, 'style', page);
        if (tagName === 'script') assert.equal(childNodes.length, 0, `${page} has an inline script`);
        const inline = attrs.filter(({ name, value }) => /^(on|style$)/.test(name) || /^javascript:/i.test(value));
        assert.deepEqual(inline, [], page);
      }
    }
  });

  it('opens every page without a message in the console, wide or narrow, light or dark', async () => {
    await withBuiltSite({}, async (site) => {
      const problems: string[] = [];
      for (const path of pages) {
        const { page, messages } = await watched(site, path);
        problems.push(...(await layoutProblems(page, path)).map((problem) => `${path}, ${problem}`));
        problems.push(...messages.map((message) => `${path}: ${message}`));
        await page.close();
      }
      assert.deepEqual(problems, []);
      assert.deepEqual(
        site.outside.filter((host) => host !== AUTOFILL),
        [],
      );
    });
  });

  it('transcribes the microphone and a recording on its front page', async () => {
    await withBuiltSite({ microphone: LIVE_CLIP }, async (site) => {
      const { page, messages } = await watched(site, 'index.html');
      const element = page.locator('kyutai-stt');
      await button(element).click();
      await untilTranscript(element, LAST_WORDS, { contained: true });
      await button(element).click();
      await inState(element, 'ready');
      await page.getByRole('button', { name: 'Play a recording' }).click();
      await untilTranscript(element, 'ten meters', { contained: true });
      assert.deepEqual(messages, []);
    });
  });

  it('works with the headers that its _headers file recommends', async () => {
    const headers = Object.fromEntries(
      [...readFileSync(join(folder, '_headers'), 'utf8').matchAll(/^ {2}([\w-]+): (.*)$/gm)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    assert.ok('Cross-Origin-Opener-Policy' in headers);
    await withBuiltSite({ headers }, async (site) => {
      const { page, messages } = await watched(site, 'index.html');
      assert.ok(await page.evaluate(() => crossOriginIsolated));
      await button(page.locator('kyutai-stt')).click();
      await untilTranscript(page.locator('kyutai-stt'), LAST_WORDS, { contained: true });
      assert.deepEqual(messages, []);
    });
  });
});

describe('the playground', () => {
  it('changes the element and its markup, and undoes that', async () => {
    await withBuiltSite({}, async (site) => {
      const { page, messages } = await watched(site, 'playground.html');
      const element = page.locator('kyutai-stt');
      const markup = page.locator('#markup');
      assert.match((await markup.textContent()) ?? '', /<kyutai-stt model="demo"><\/kyutai-stt>$/);
      await page.getByLabel('mode', { exact: true }).selectOption('transcript');
      await page.getByLabel('lang', { exact: true }).selectOption('fr');
      await page.getByLabel('required', { exact: true }).check();
      await page.getByLabel('lines', { exact: true }).fill('2');
      assert.match(
        (await markup.textContent()) ?? '',
        /--kyutai-stt-lines: 2;[^]*<kyutai-stt model="demo" mode="transcript" lang="fr" required><\/kyutai-stt>$/,
      );
      await page.getByText('Démarrer l’écoute').waitFor();
      await element.locator('[part~=transcript]').waitFor();
      await page.getByLabel('for', { exact: true }).selectOption('message');
      assert.match((await markup.textContent()) ?? '', /<textarea id="message"[^]* for="message"/);
      assert.equal(await page.locator('textarea').count(), 1);
      await page.getByRole('button', { name: 'Reset all' }).click();
      await page.locator('textarea').waitFor({ state: 'detached' });
      assert.match((await markup.textContent()) ?? '', /<kyutai-stt model="demo"><\/kyutai-stt>$/);

      await page.getByRole('button', { name: 'Transcribe a recording' }).click();
      await untilTranscript(element, wordsOf('en_human_seen'));
      assert.match(await page.locator('#log').innerText(), /transcript[^]*start/);
      assert.deepEqual(messages, []);
    });
  });

  it('has a control for every attribute but those that no page changes live', async () => {
    const left = ['assets', 'base-url', 'device-id', 'when-full', 'worker-kind', 'worker-src'];
    await withBuiltSite({}, async (site) => {
      const { page } = await watched(site, 'playground.html');
      const all = await page.evaluate(
        () => (customElements.get('kyutai-stt') as typeof KyutaiSttElement).observedAttributes,
      );
      const absent = await page.evaluate((names) => names.filter((name) => !document.getElementById(name)), all);
      assert.deepEqual(absent.sort(), left);
    });
  });
});

/** The built site in a folder of a host. */
function withBuiltSite(options: SiteOptions, use: (site: Site) => Promise<void>): Promise<void> {
  const mounts = { '': `${folder}/`, 'demo/': `${folder}/demo/`, 'dist/': `${folder}/dist/` };
  return withSite({ ...options, base: BASE, mounts }, use);
}

/** A page, and what it reports: console messages, failed requests, and violations of its policy. */
async function watched(site: Site, path: string): Promise<{ readonly page: Page; readonly messages: string[] }> {
  const messages: string[] = [];
  const page = await site.open(path, (it) => {
    it.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) messages.push(message.text());
    });
    it.on('response', (response) => {
      if (response.status() >= 400) messages.push(`${response.status()} ${response.url()}`);
    });
    it.on('requestfailed', (request) => messages.push(`failed: ${request.url()}`));
    return Promise.resolve();
  });
  return { page, messages };
}

/** What is too wide, or a barrier, on a wide and on a narrow screen, in light and in dark colours. */
async function layoutProblems(page: Page, path: string): Promise<string[]> {
  const problems: string[] = [];
  for (const [width, colorScheme] of [
    [1280, 'light'],
    [390, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    // Colours fade in.
    await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const found = overflow > 0 ? [`${overflow} px too wide`] : [];
    if (colorScheme === 'light' ? !ALIKE.test(path) : !path.startsWith('docs/') || path === 'docs/guide.html')
      found.push(...(await accessibilityProblems(page)));
    problems.push(...found.map((problem) => `${width} px, ${colorScheme}: ${problem}`));
  }
  return problems;
}

/** What axe finds on the page, in one line each. */
async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run({ exclude: 'video' }, { preload: false }); // it preloads by inline styles, which the policy forbids
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

function filesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

const parsed = new Map<string, readonly Element[]>();

function elementsOf(page: string): readonly Element[] {
  const known = parsed.get(page);
  if (known) return known;
  const found: Element[] = [];
  visit(parse(readFileSync(join(folder, page), 'utf8')));
  parsed.set(page, found);
  return found;

  function visit(node: Node): void {
    if ('tagName' in node) found.push(node);
    if ('content' in node) visit(node.content);
    if ('childNodes' in node) node.childNodes.forEach(visit);
  }
}

function linksOf(page: string): string[] {
  return elementsOf(page).flatMap(({ attrs }) =>
    attrs.filter(({ name }) => URLS.includes(name)).map(({ value }) => value),
  );
}

/** The path in the site and the fragment; undefined for other hosts, mail and data. */
function targetOf(page: string, link: string): { readonly path: string; readonly fragment: string } | undefined {
  if (/^[a-z][\w+.-]*:/i.test(link)) return undefined;
  const [path = '', fragment = ''] = link.split('#');
  return { path: path === '' ? page : posix.join(posix.dirname(page), path), fragment };
}

/** Whether a file and, in a page, its fragment exist. A folder is no page: some hosts have no index for it. */
function isAlive(page: string, link: string): boolean {
  if (link.startsWith('/')) return false;
  const target = targetOf(page, link);
  if (target === undefined) return true;
  const { path, fragment } = target;
  if (path.startsWith('..') || !/\.\w+$/.test(path) || !existsSync(join(folder, path))) return false;
  if (fragment === '') return true;
  return elementsOf(path).some(({ attrs }) => attrs.some(({ name, value }) => name === 'id' && value === fragment));
}
