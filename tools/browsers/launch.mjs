/** Starts Firefox or WebKit as tests need it: with sound, a microphone that plays a clip, and a screen. */
import { firefox, webkit } from 'playwright';
import { findBrowser } from '../find-browser.mjs';
import { startDisplay } from './display.mjs';
import { launchFirefox } from './firefox.mjs';
import { startSound } from './sound.mjs';
import { PageTab } from './tab.mjs';
import { launchWebKit } from './webkit.mjs';

/**
 * @param {'firefox' | 'webkit'} name
 * @param {{ clip?: string, install?: boolean, gpu?: boolean, preferences?: Record<string, unknown> }} [options]
 *   `clip`: absolute path of the WAV the microphone plays; `gpu`: Firefox with WebGPU on
 * @returns {Promise<import('./tab.mjs').Browser>}
 */
export async function launchBrowser(name, { clip, install = false, gpu = false, preferences = {} } = {}) {
  const { path, isPlaywright } = await findBrowser(name, { install });
  if (isPlaywright) return launchPlaywright(name, path);
  const services = [];
  try {
    const sound = process.platform === 'linux' ? await startSound({ clip }) : undefined;
    if (sound) services.push(sound);
    if (name === 'webkit') services.push(await startDisplay());
    const env = services.length === 0 ? undefined : Object.assign({}, ...services.map((service) => service.env));
    const browser =
      name === 'webkit' ? await launchWebKit({ path, env }) : await launchFirefox({ path, env, gpu, preferences });
    return {
      newTab: browser.newTab,
      async close() {
        await browser.close();
        await stopAll(services);
      },
    };
  } catch (error) {
    await stopAll(services);
    throw error;
  }
}

async function launchPlaywright(name, executablePath) {
  const browser = await { firefox, webkit }[name].launch({ executablePath });
  return { newTab: async () => new PageTab(await browser.newPage()), close: () => browser.close() };
}

async function stopAll(services) {
  await Promise.all(services.map((service) => service.stop()));
}
