/** Firefox by WebDriver BiDi. */
import { setTimeout as wait } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { PageTab } from './tab.mjs';

/** A test clicks where a visitor would, but cannot answer a prompt; what needs a gesture is tested by its own click. */
const PREFERENCES = {
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};
/** How long a browser has to close its windows. */
const CLOSE_MS = 10_000;

/** WebGPU is off on Linux, and lavapipe, which computes on the CPU, is on the block list. */
const WEBGPU = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };
/** Where there is no sound server to control, the fake microphone is a tone. */
const FAKE_MICROPHONE = { 'media.navigator.streams.fake': true };

/**
 * @param {{ path: string, env?: Record<string, string>, gpu?: boolean, preferences?: Record<string, unknown> }} options
 *   `env`: of a sound server (`sound.mjs`), else the microphone is a fake tone
 * @returns {Promise<import('./tab.mjs').Browser>}
 */
export async function launchFirefox({ path, env, gpu = false, preferences = {} }) {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: path,
    headless: true,
    protocolTimeout: 900_000,
    env: { ...process.env, ...env },
    extraPrefsFirefox: {
      ...PREFERENCES,
      ...(env === undefined ? FAKE_MICROPHONE : {}),
      ...(gpu ? WEBGPU : {}),
      ...preferences,
    },
  });
  return {
    version: (await browser.version()).replace(/^firefox\//i, ''),
    newTab: async () => new PageTab(await browser.newPage()),
    async close() {
      const firefox = browser.process();
      // A browser that has crashed does not answer.
      await Promise.race([browser.close().catch(() => undefined), wait(CLOSE_MS)]);
      if (firefox?.exitCode === null) firefox.kill('SIGKILL');
    },
  };
}
