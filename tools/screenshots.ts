/**
 * `npm run screenshots -- [NAME …]`: takes a picture of every state of the element into docs/screenshots.
 * With `--browser firefox` or `--browser webkit`, into build/screenshots in that browser.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright';
import type { KyutaiSttElement } from '../src/index.js';
import { chromiumArgs } from './chromium-args.mjs';
import { findChromium } from './find-browser.mjs';
import { takeInOtherBrowser } from './screenshots/other-browsers.js';
import type { Shown } from './screenshots/page.js';
import { preparationOf, prepare, styleOf } from './screenshots/staging.js';
import { demoMounts } from './demo-mounts.mjs';
import { PAGES, type PageShot } from './screenshots/pages.js';
import { SHOTS, type Shot } from './screenshots/states.js';
import { startServer } from './static-server.mjs';

const OUT = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { browser: { type: 'string', default: 'chromium' } },
});
const wanted = ({ name }: { readonly name: string }): boolean => asked.length === 0 || asked.includes(name);

const site = mkdtempSync(join(tmpdir(), 'screenshots-'));
const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
await build({
  entryPoints: { page: from('screenshots/page.ts'), worker: from('screenshots/scripted.worker.ts') },
  bundle: true,
  format: 'esm',
  outdir: site,
  tsconfig: from('../tsconfig.json'),
  logLevel: 'warning',
});
writeFileSync(join(site, 'index.html'), '<!doctype html><title>Screenshots</title><main></main>');
const server = await startServer({ mounts: { '/': `${site}/`, ...demoMounts() } });
try {
  if (values.browser === 'chromium') await takeAll();
  else if (values.browser === 'firefox' || values.browser === 'webkit')
    await takeInOtherBrowser(values.browser, SHOTS.filter(wanted), `${server.url}/`, shownBy);
  else throw new Error(`--browser is ${values.browser}, expected chromium, firefox or webkit`);
} finally {
  await server.close();
  rmSync(site, { recursive: true });
}

async function takeAll(): Promise<void> {
  const browser = await chromium.launch({ executablePath: await findChromium(), args: chromiumArgs() });
  try {
    for (const shot of SHOTS.filter(wanted)) await take(browser, shot);
    for (const shot of PAGES.filter(wanted)) await takePage(browser, shot);
  } finally {
    await browser.close();
  }
}

async function take(from: Browser, shot: Shot): Promise<void> {
  const context = await from.newContext({
    viewport: { width: shot.width ?? 640, height: shot.height ?? 300 },
    deviceScaleFactor: 1.5,
    colorScheme: shot.dark ? 'dark' : 'light',
    forcedColors: shot.forcedColors ? 'active' : 'none',
    contrast: shot.moreContrast ? 'more' : 'no-preference',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(shot.name, error.message));
  await page.addInitScript(prepare, preparationOf(shot));
  await page.goto(`${server.url}/`);
  await page.addStyleTag({ content: styleOf(shot) });
  await page.addScriptTag({ type: 'module', url: '/page.js' });
  await page.evaluate((shown) => globalThis.showElement(shown), shownBy(shot));
  await page.waitForTimeout(400); // words arrive and menus open; no event reports that everything is painted
  await act(page, shot);
  await page.waitForTimeout(400);
  await page.screenshot({ path: join(OUT, `${shot.name}.png`) });
  await context.close();
  console.log(shot.name);
}

function shownBy(shot: Shot): Shown {
  return {
    lang: shot.lang ?? 'en',
    dir: shot.dir ?? 'ltr',
    starts: shot.starts ?? true,
    fails: shot.refuse === 'microphone',
    attributes: {
      model: `/scripted.gguf?${new URLSearchParams({ say: shot.say ?? '' })}&${shot.query ?? ''}`,
      'worker-src': '/worker.js',
      'worker-kind': 'dedicated',
      ...shot.attributes,
    },
  };
}

/** `dist/` is what the pages run: build it first. */
async function takePage(from: Browser, { name, path, width, height, dark, act }: PageShot): Promise<void> {
  const context = await from.newContext({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light' });
  const page = await context.newPage();
  await page.goto(`${server.url}/demo/${path}`);
  await act(page);
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(OUT, `${name}.png`) });
  await context.close();
  console.log(name);
}

async function act(page: Page, { act: what }: Shot): Promise<void> {
  const element = page.locator('kyutai-stt');
  switch (what) {
    case 'pause':
    case 'stop':
      return element.evaluate((node, name) => void (node as KyutaiSttElement)[name](), what);
    case 'settings':
    case 'download':
      return element.locator(`[part~=${what}]`).click();
    case 'scroll up':
      return element.locator('[part~=transcript]').evaluate((box) => box.scrollTo(0, 60));
    case 'focus word':
      await element.locator('[part~=transcript]').focus();
      for (let press = 0; press < 9; press++) await page.keyboard.press('ArrowRight');
      return;
    default:
  }
}
