/** A launcher for Web Test Runner that starts the browsers of `launch.mjs`. */
import { TITLES } from '../find-browser.mjs';
import { launchBrowser } from './launch.mjs';

/**
 * Runs one page at a time. Its type is Puppeteer's, because the runner's commands know Puppeteer's interface.
 * @param {'firefox' | 'webkit'} name
 * @param {Parameters<typeof launchBrowser>[1]} options
 */
export function launcher(name, options) {
  const tabs = new Map();
  const urls = new Map();
  let browser;
  return {
    name: TITLES[name],
    type: 'puppeteer',
    concurrency: 1,
    async initialize() {
      browser = await launchBrowser(name, options);
    },
    async startSession(id, url) {
      const tab = await browser.newTab();
      tabs.set(id, tab);
      urls.set(id, url);
      await tab.resize(800, 600);
      await tab.goto(url);
    },
    isActive: (id) => tabs.has(id),
    getBrowserUrl: (id) => urls.get(id),
    async stopSession(id) {
      const tab = tabs.get(id);
      tabs.delete(id);
      // WebKitGTK's page process can block for good when a page with media pipelines is left, so no page follows another.
      await (browser.restart?.() ?? tab.close());
      return {};
    },
    async stop() {
      await browser?.close();
    },
    getPage: (id) => asPage(tabs.get(id)),
  };
}

/** The part of Puppeteer's `Page` that `sendKeys`, `sendMouse` and `setViewport` use. */
function asPage(tab) {
  return {
    keyboard: {
      type: (text) => tab.type(text),
      press: (chord) => tab.press(chord),
      down: (key) => tab.keyDown(key),
      up: (key) => tab.keyUp(key),
    },
    mouse: {
      move: (x, y) => tab.moveMouse(x, y),
      async click(x, y, { button } = {}) {
        await tab.moveMouse(x, y);
        await tab.mouseDown(button);
        await tab.mouseUp(button);
      },
      down: ({ button } = {}) => tab.mouseDown(button),
      up: ({ button } = {}) => tab.mouseUp(button),
      async reset() {
        for (const button of ['left', 'middle', 'right']) await tab.mouseUp(button);
        await tab.moveMouse(0, 0);
      },
    },
    setViewport: ({ width, height }) => tab.resize(width, height),
  };
}
