/** Launches Firefox, driven by WebDriver BiDi. */
import { setTimeout as wait } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';
import { PageTab } from './tab.mjs';

/** Grants the microphone without a prompt and allows autoplay: a test cannot answer a prompt. */
const PREFERENCES = {
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};
/** Time for the browser to close; then it is killed. */
const CLOSE_MS = 10_000;

/** Firefox on Linux disables WebGPU and blocks lavapipe, a Vulkan driver that runs on the CPU. */
const WEBGPU = { 'dom.webgpu.enabled': true, 'gfx.webgpu.ignore-blocklist': true };
/** Without a sound server, the microphone is Firefox's fake device, a tone. */
const FAKE_MICROPHONE = { 'media.navigator.streams.fake': true };

/**
 * @param {{ path: string, env?: Record<string, string>, gpu?: boolean, preferences?: Record<string, unknown> }} options
 *   `env`: environment variables of a sound server (`sound.mjs`); without it the microphone is a tone
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
      // A crashed browser never answers.
      await Promise.race([browser.close().catch(() => undefined), wait(CLOSE_MS)]);
      if (firefox?.exitCode === null) firefox.kill('SIGKILL');
    },
  };
}
