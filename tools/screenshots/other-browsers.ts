/** Takes the same pictures in Firefox and WebKit, into build/screenshots; they are not committed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KyutaiSttElement } from '../../src/index.js';
import { launchBrowser } from '../browsers/launch.mjs';
import type { Tab } from '../browsers/tab.mjs';
import type { Shown } from './page.js';
import { preparationOf, prepare, styleOf } from './staging.js';
import type { Shot } from './states.js';

/** No protocol sets these for one page, so each scheme needs a separate launch. */
const SCHEMES = {
  light: { preferences: { 'ui.systemUsesDarkTheme': 0 }, variables: {} },
  dark: { preferences: { 'ui.systemUsesDarkTheme': 1 }, variables: { GTK_THEME: 'Adwaita:dark' } },
  forced: {
    preferences: { 'browser.display.document_color_use': 2, 'ui.systemUsesDarkTheme': 1 },
    variables: { GTK_THEME: 'HighContrastInverse' },
  },
};
type Scheme = keyof typeof SCHEMES;

/** `page`: the URL of the page with an element; `shown`: the state it shows. */
export async function takeInOtherBrowser(
  name: 'firefox' | 'webkit',
  shots: readonly Shot[],
  page: string,
  shown: (shot: Shot) => Shown,
): Promise<void> {
  const folder = fileURLToPath(new URL(`../../build/screenshots/${name}/`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  for (const scheme of Object.keys(SCHEMES) as Scheme[]) {
    const group = shots.filter((shot) => schemeOf(shot) === scheme);
    if (group.length === 0) continue;
    const { preferences, variables } = SCHEMES[scheme];
    const browser = await launchBrowser(name, { install: true, preferences, variables });
    try {
      for (const shot of group) {
        const tab = await browser.newTab();
        await take(tab, shot, page, shown(shot));
        writeFileSync(join(folder, `${shot.name}.png`), await tab.screenshot());
        await tab.close();
        console.log(name, shot.name);
      }
    } finally {
      await browser.close();
    }
  }
}

function schemeOf({ dark, forcedColors }: Shot): Scheme {
  if (forcedColors) return 'forced';
  return dark ? 'dark' : 'light';
}

async function take(tab: Tab, shot: Shot, page: string, shown: Shown): Promise<void> {
  await tab.resize(shot.width ?? 640, shot.height ?? 300);
  await tab.goto(page);
  await tab.evaluate(() => localStorage.clear());
  await tab.evaluate(prepare, preparationOf(shot));
  await tab.evaluate(async (css) => {
    const style = document.createElement('style');
    style.textContent = css;
    const script = document.createElement('script');
    script.type = 'module';
    script.src = '/page.js';
    const loaded = new Promise((resolve) => (script.onload = resolve));
    document.head.append(style, script);
    await loaded;
  }, styleOf(shot));
  await tab.evaluate((what) => globalThis.showElement(what), shown);
  await wait(700); // text arrives and menus open; no event reports that everything is painted
  await act(tab, shot);
  await wait(700);
}

async function act(tab: Tab, { act: what }: Shot): Promise<void> {
  if (what === undefined) return;
  const name = what === 'settings' || what === 'download' ? what : 'transcript';
  await tab.evaluate(
    (called, method) => {
      const element = document.querySelector<KyutaiSttElement>('kyutai-stt');
      const part = element?.shadowRoot?.querySelector<HTMLElement>(`[part~=${called}]`);
      if (method === 'pause' || method === 'stop') void element?.[method]();
      else if (method === 'scroll up') part?.scrollTo(0, 60);
      else if (method === 'focus word') part?.focus();
      else part?.click();
    },
    name,
    what,
  );
  if (what === 'focus word') for (let press = 0; press < 9; press++) await tab.press('ArrowRight');
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
