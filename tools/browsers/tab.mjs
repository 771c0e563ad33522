/** The interface that tests use to drive a browser, for any protocol. */

/**
 * @typedef {object} Browser
 * @property {string} version
 * @property {() => Promise<Tab>} newTab
 * @property {() => Promise<void>} close
 * @property {() => Promise<void>} [restart] starts a new process, if pages share one that can block
 *
 * @typedef {object} Tab
 * @property {(url: string) => Promise<void>} goto resolves at DOMContentLoaded or later
 * @property {<A extends unknown[], R>(work: (...args: A) => R, ...args: A) => Promise<Awaited<R>>} evaluate runs a function in the
 *   page with JSON arguments; resolves with its awaited result
 * @property {(chord: string) => Promise<void>} press such as `Control+Shift+Space`, named as Playwright names keys
 * @property {(text: string) => Promise<void>} type
 * @property {(key: string) => Promise<void>} keyDown
 * @property {(key: string) => Promise<void>} keyUp
 * @property {(x: number, y: number) => Promise<void>} moveMouse in CSS pixels of the viewport
 * @property {(button?: 'left' | 'middle' | 'right') => Promise<void>} mouseDown
 * @property {(button?: 'left' | 'middle' | 'right') => Promise<void>} mouseUp
 * @property {(width: number, height: number) => Promise<void>} resize
 * @property {() => Promise<Buffer>} screenshot PNG
 * @property {() => Promise<void>} reopen closes the window and continues in a new one of the same session
 * @property {() => Promise<void>} close
 */

const KEYS = { Space: ' ' };

/** A tab driven by Puppeteer or Playwright, whose page interfaces are alike. */
export class PageTab {
  #page;

  /** @param {any} page Puppeteer's or Playwright's `Page` */
  constructor(page) {
    this.#page = page;
  }

  async goto(url) {
    await this.#page.goto(url, { timeout: 0, waitUntil: 'domcontentloaded' });
  }

  async evaluate(work, ...args) {
    // As text: Playwright passes only one argument.
    return this.#page.evaluate(`Promise.resolve((${work})(...${JSON.stringify(args)}))`);
  }

  async press(chord) {
    const { keyboard } = this.#page;
    const keys = chord.split('+').map((key) => KEYS[key] ?? key);
    const held = keys.slice(0, -1);
    for (const key of held) await keyboard.down(key);
    await keyboard.press(keys.at(-1));
    for (const key of held.reverse()) await keyboard.up(key);
  }

  async type(text) {
    await this.#page.keyboard.type(text);
  }

  async keyDown(key) {
    await this.#page.keyboard.down(KEYS[key] ?? key);
  }

  async keyUp(key) {
    await this.#page.keyboard.up(KEYS[key] ?? key);
  }

  async moveMouse(x, y) {
    await this.#page.mouse.move(x, y);
  }

  async mouseDown(button = 'left') {
    await this.#page.mouse.down({ button });
  }

  async mouseUp(button = 'left') {
    await this.#page.mouse.up({ button });
  }

  async resize(width, height) {
    if ('setViewportSize' in this.#page) await this.#page.setViewportSize({ width, height });
    else await this.#page.setViewport({ width, height });
  }

  async screenshot() {
    return Buffer.from(await this.#page.screenshot());
  }

  async reopen() {
    const page = this.#page;
    this.#page = await ('context' in page ? page.context() : page.browser()).newPage();
    await page.close();
  }

  async close() {
    await this.#page.close();
  }
}
