/** Drives an element as a visitor does. */
import type { KyutaiSttElement } from '../../src/index.js';
import type { Tab } from '../../tools/browsers/tab.mjs';
import { until } from './browser.js';

/** Clicks in the middle of the element's button. */
export async function clickButton(tab: Tab, selector: string): Promise<void> {
  const [x, y] = await until(
    tab,
    (at: string) => {
      const button = document.querySelector(at)?.shadowRoot?.querySelector('button[part~=button]');
      const box = button?.getBoundingClientRect();
      return box && ([Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)] as const);
    },
    [selector],
  );
  await tab.moveMouse(x, y);
  await tab.mouseDown();
  await tab.mouseUp();
}

/** Resolves once the element's transcript is `words`. */
export async function untilHeard(tab: Tab, selector: string, words: string): Promise<void> {
  const transcript = (at: string): string => {
    const element = document.querySelector<KyutaiSttElement>(at);
    if (element?.error) throw element.error;
    return element?.words.map(({ text }) => text).join(' ') ?? '';
  };
  await until(tab, transcript, [selector], (text) => text === words);
}
