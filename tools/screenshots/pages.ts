/** Pictures of the demo's pages, with real transcripts of the demo model. */
import type { Page } from 'playwright';
import type { KyutaiSttElement } from '../../src/index.js';

export interface PageShot {
  readonly name: string;
  /** Under demo/. */
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  readonly act: (page: Page) => Promise<unknown>;
}

/** Resolves once the first element of the page has `count` words. */
const words = (page: Page, count: number): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => (document.querySelector('kyutai-stt') as KyutaiSttElement).words.length >= wanted,
    count,
  );

const film = async (page: Page): Promise<void> => {
  await page.locator('#film').evaluate((node) => void (node as HTMLVideoElement).play().catch(() => undefined));
  await words(page, 9);
};

const looks = async (page: Page): Promise<void> => {
  await page.locator('#all').click();
  await words(page, 5);
  await page.locator('#trust:state(ready)').waitFor();
};

export const PAGES: readonly PageShot[] = [
  { name: 'page-captions', path: 'captions.html', width: 1120, height: 640, act: film },
  { name: 'page-captions-dark-320', path: 'captions.html', width: 320, height: 900, dark: true, act: film },
  { name: 'page-styling', path: 'styling.html', width: 960, height: 1280, act: looks },
  { name: 'page-styling-dark', path: 'styling.html', width: 960, height: 900, dark: true, act: looks },
];
