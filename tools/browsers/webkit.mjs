/** Launches WebKitGTK's MiniBrowser, driven by W3C WebDriver over fetch. */
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../free-port.mjs';
import { startService } from './service.mjs';

const MINIBROWSER = ['x86_64-linux-gnu', 'aarch64-linux-gnu', ''].flatMap((triple) =>
  ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0'].map((name) => `/usr/lib/${triple}/${name}/MiniBrowser`),
);
const ARGUMENTS = [
  '--automation',
  '--autoplay-policy=allow',
  '--enable-media-stream=true',
  '--media-playback-requires-user-gesture=false',
];
/** Keys by WebDriver's code points, https://www.w3.org/TR/webdriver2/#keyboard-actions. */
const KEYS = {
  Space: ' ',
  Enter: '\uE007',
  Tab: '\uE004',
  Escape: '\uE00C',
  Backspace: '\uE003',
  Delete: '\uE017',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Home: '\uE011',
  End: '\uE010',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Meta: '\uE03D',
};
/** Editing commands for chords without a key binding in MiniBrowser. */
const EDITING = { 'Control+z': 'undo', 'Control+Shift+z': 'redo' };

/** Time for the session to end; then the driver is stopped. */
const CLOSE_MS = 10_000;

/** Mouse buttons by their number in WebDriver. */
const BUTTONS = ['left', 'middle', 'right'];

/**
 * Starts WebKitWebDriver and one MiniBrowser. Its session is private: nothing is stored once it is closed.
 * @param {{ path: string, env: Record<string, string>, microphone?: 'real' | 'mock' }} options `env`: environment variables of a
 *   display and a sound server; `mock`: WebKit's two mock devices, which beep
 * @returns {Promise<import('./tab.mjs').Browser>} every call of `newTab` returns the same tab
 */
export async function launchWebKit({ path, env, microphone = 'real' }) {
  const binary = MINIBROWSER.find((place) => existsSync(place));
  if (binary === undefined) throw new Error(`No MiniBrowser beside ${path}: looked in ${MINIBROWSER.join(', ')}`);
  const args = [...ARGUMENTS, `--enable-mock-capture-devices=${microphone === 'mock'}`];
  const start = () => startSession({ path, env, browserOptions: { binary, args } });
  let running = await start();
  return {
    version: running.version,
    newTab: async () => running.session,
    close: () => running.close(),
    async restart() {
      await running.close();
      running = await start();
    },
  };
}

/** Starts a WebKitWebDriver and its MiniBrowser. */
async function startSession({ path, env, browserOptions }) {
  const port = await freePort();
  const driver = startService(path, [`--port=${port}`], {
    env: { ...process.env, ...env, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const send = async (method, command, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${command}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${command}: ${value.error}: ${value.message}`);
    return value;
  };
  await untilReady(send);
  const { sessionId, capabilities } = await send('POST', '/session', {
    capabilities: {
      alwaysMatch: {
        timeouts: { script: 600_000, pageLoad: 120_000 },
        'webkitgtk:browserOptions': browserOptions,
      },
    },
  });
  const session = new Session((method, command, body) => send(method, `/session/${sessionId}${command}`, body));
  return {
    version: capabilities.browserVersion,
    session,
    async close() {
      // A crashed browser has no session to end.
      await Promise.race([session.end().catch(() => undefined), wait(CLOSE_MS)]);
      await driver.stop();
    },
  };
}

async function untilReady(send) {
  for (let tries = 0; ; tries++) {
    try {
      if ((await send('GET', '/status')).ready) return;
    } catch (error) {
      if (tries >= 100) throw error;
    }
    await wait(100);
  }
}

/** The one window of the browser, as a `Tab` (`tab.mjs`). */
class Session {
  #send;

  constructor(send) {
    this.#send = send;
  }

  async goto(url) {
    await this.#send('POST', '/url', { url });
  }

  async evaluate(work, ...args) {
    const script = `const [args, done] = arguments;
      Promise.resolve().then(() => (${work})(...args))
        .then((value) => done({ value }), (error) => done({ error: String(error) + '\\n' + (error?.stack ?? '') }));`;
    const { value, error } = await this.#send('POST', '/execute/async', { script, args: [args] });
    if (error !== undefined) throw new Error(error);
    return value;
  }

  async press(chord) {
    const command = EDITING[chord];
    if (command !== undefined) {
      await this.evaluate((name) => globalThis.document.execCommand(name), command);
      return;
    }
    const keys = chord.split('+').map((key) => KEYS[key] ?? key);
    const down = keys.map((value) => ({ type: 'keyDown', value }));
    const up = keys.map((value) => ({ type: 'keyUp', value })).reverse();
    await this.#keys([...down, ...up]);
  }

  async type(text) {
    await this.#keys(
      [...text].flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]),
    );
  }

  async keyDown(key) {
    await this.#keys([{ type: 'keyDown', value: KEYS[key] ?? key }]);
  }

  async keyUp(key) {
    await this.#keys([{ type: 'keyUp', value: KEYS[key] ?? key }]);
  }

  async moveMouse(x, y) {
    await this.#pointer([{ type: 'pointerMove', duration: 0, x, y }]);
  }

  async mouseDown(button = 'left') {
    await this.#pointer([{ type: 'pointerDown', button: BUTTONS.indexOf(button) }]);
  }

  async mouseUp(button = 'left') {
    await this.#pointer([{ type: 'pointerUp', button: BUTTONS.indexOf(button) }]);
  }

  async resize(width, height) {
    await this.#send('POST', '/window/rect', { width, height });
  }

  async screenshot() {
    return Buffer.from(await this.#send('GET', '/screenshot'), 'base64');
  }

  /** Opens the new window first: closing the last one would end the session. */
  async reopen() {
    const { handle } = await this.#send('POST', '/window/new', { type: 'tab' });
    await this.#send('DELETE', '/window');
    await this.#send('POST', '/window', { handle });
  }

  /** Leaves the page, but keeps the window: closing it would end the session. */
  async close() {
    await this.goto('about:blank');
  }

  async end() {
    await this.#send('DELETE', '');
  }

  async #keys(actions) {
    await this.#send('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  async #pointer(actions) {
    const pointer = { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions };
    await this.#send('POST', '/actions', { actions: [pointer] });
  }
}
