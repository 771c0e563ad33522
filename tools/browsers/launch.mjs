/** Launches a browser with a sound server, a microphone that plays a clip, and a display. */
import { chromium, firefox, webkit } from 'playwright';
import { chromiumArgs } from '../chromium-args.mjs';
import { findBrowser } from '../find-browser.mjs';
import { startDisplay } from './display.mjs';
import { launchFirefox } from './firefox.mjs';
import { startSound } from './sound.mjs';
import { PageTab } from './tab.mjs';
import { launchWebKit } from './webkit.mjs';

/**
 * @param {'chromium' | 'firefox' | 'webkit'} name
 * @param {{ clip?: string, install?: boolean, gpu?: boolean, preferences?: Record<string, unknown>,
 *   variables?: Record<string, string> }} [options]
 *   `clip`: absolute path of the WAV that the microphone plays; `gpu`: enables WebGPU in Firefox; `preferences`: of Firefox;
 *   `variables`: more environment variables for the browser
 * @returns {Promise<import('./tab.mjs').Browser>}
 */
export async function launchBrowser(
  name,
  { clip, install = false, gpu = false, preferences = {}, variables = {} } = {},
) {
  const { path, isPlaywright } = await findBrowser(name, { install });
  if (name === 'chromium')
    return launchPlaywright(chromium, { executablePath: path, args: chromiumArgs({ microphone: clip }) });
  if (isPlaywright) return launchPlaywright({ firefox, webkit }[name], { executablePath: path });
  const services = [];
  try {
    const sound = process.platform === 'linux' ? await startSound({ clip }) : undefined;
    if (sound) services.push(sound);
    if (name === 'webkit') services.push(await startDisplay());
    const env =
      services.length === 0 ? undefined : Object.assign({}, ...services.map((service) => service.env), variables);
    const browser =
      name === 'webkit' ? await launchWebKit({ path, env }) : await launchFirefox({ path, env, gpu, preferences });
    return {
      version: browser.version,
      newTab: browser.newTab,
      restart: browser.restart,
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

async function launchPlaywright(type, options) {
  const browser = await type.launch(options);
  const context = await browser.newContext();
  return {
    version: browser.version(),
    newTab: async () => new PageTab(await context.newPage()),
    close: () => browser.close(),
  };
}

async function stopAll(services) {
  await Promise.all(services.map((service) => service.stop()));
}
