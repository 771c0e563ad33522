/** Finds the browser a suite runs in, and installs it if missing: Debian's package as root, else Playwright's. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * @typedef {object} Browser
 * @property {readonly string[]} variables environment variables with the path of a program, first wins
 * @property {readonly string[]} names names of the program on PATH
 * @property {readonly string[]} elsewhere paths of the program on systems where it is not on PATH
 * @property {Readonly<Record<string, string>>} companions other programs its tests need, each with its Debian package
 * @property {readonly string[]} packages Debian packages of the browser
 * @property {readonly string[]} options of apt-get install
 */

/** A sound server that tests control (`sound.mjs`) and a screen for a browser that has no headless mode. */
const SOUND = { pulseaudio: 'pulseaudio', pactl: 'pulseaudio-utils' };

/** @type {Readonly<Record<'chromium' | 'firefox' | 'webkit', Browser>>} */
const BROWSERS = {
  chromium: {
    variables: ['CHROMIUM_PATH', 'CHROME_PATH'],
    names: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'microsoft-edge'],
    elsewhere: [
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
      'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    ],
    companions: {},
    packages: ['chromium'],
    options: ['--no-install-recommends'],
  },
  firefox: {
    variables: ['FIREFOX_PATH'],
    names: ['firefox-esr', 'firefox'],
    elsewhere: [
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
      'C:\\Program Files (x86)\\Mozilla Firefox\\firefox.exe',
    ],
    companions: process.platform === 'linux' ? SOUND : {},
    // lavapipe, a Vulkan driver that computes on the CPU, gives Firefox a WebGPU adapter on any machine.
    packages: ['firefox-esr', 'mesa-vulkan-drivers'],
    options: ['--no-install-recommends'],
  },
  webkit: {
    variables: ['WEBKIT_DRIVER_PATH'],
    names: ['WebKitWebDriver'],
    elsewhere: [],
    companions: { ...SOUND, Xvfb: 'xvfb' },
    packages: ['webkit2gtk-driver'],
    options: [], // the recommended packages hold the GStreamer plug-ins that play audio and video
  },
};

/**
 * The path of a browser (WebKit: of its WebDriver): the environment's, the system's, then Playwright's own build.
 * With `install`, none found means one is installed: by apt where this is a Debian and we are root, else by Playwright.
 * Throws an error of one line that explains how to get one.
 * @param {keyof typeof BROWSERS} name
 * @param {{ install?: boolean, log?: (line: string) => void, elsewhere?: readonly string[] }} [options]
 *   `elsewhere`: paths of the program on systems where it is not on PATH.
 * @returns {Promise<{ path: string, isPlaywright: boolean }>} `isPlaywright`: the build only Playwright can drive
 */
export async function findBrowser(name, { install = false, log = console.error, elsewhere } = {}) {
  const browser = BROWSERS[name];
  const places = elsewhere ?? browser.elsewhere;
  const find = async () => {
    const path = fromEnvironment(browser) ?? fromSystem(browser, places);
    if (path !== undefined) return { path, isPlaywright: false };
    const own = await fromPlaywright(name);
    return own === undefined ? undefined : { path: own, isPlaywright: true };
  };
  const found = await find();
  if (found !== undefined) return found;
  if (install && (installFromDebian(name, log) || installFromPlaywright(name, log))) {
    const installed = await find();
    if (installed !== undefined) return installed;
  }
  throw new Error(howToGet(name));
}

/** The path of a Chromium alone, for what runs in no other browser. Throws like `findBrowser`. */
export async function findChromium(options) {
  return (await findBrowser('chromium', options)).path;
}

function howToGet(name) {
  const { variables, packages, companions } = BROWSERS[name];
  const debian = [...packages, ...Object.values(companions)].join(' ');
  return `No ${TITLES[name]} found: install one (Debian: apt-get install ${debian}; any: npx playwright install ${name}) or set ${variables[0]}.`;
}

/** The browsers' display names. */
export const TITLES = { chromium: 'Chromium', firefox: 'Firefox', webkit: 'WebKit' };

function fromEnvironment({ variables }) {
  for (const name of variables) {
    const path = process.env[name];
    if (!path) continue;
    // Report a wrong path: a fallback would test another browser than the requested one.
    if (!isExecutable(path)) throw new Error(`${name} is ${path}, which is not a program that can be run.`);
    return path;
  }
  return undefined;
}

/** A browser whose companions are missing counts as absent: its tests could not run. */
function fromSystem({ names, companions }, elsewhere) {
  const isComplete = Object.keys(companions).every((command) => onPath(command).some(isExecutable));
  return isComplete ? [...names.flatMap(onPath), ...elsewhere].find(isExecutable) : undefined;
}

/** Where a program of this name would be, in the order of PATH. */
function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name));
}

async function fromPlaywright(name) {
  const playwright = await import('playwright');
  const path = playwright[name].executablePath();
  return path && isExecutable(path) ? path : undefined;
}

function installFromDebian(name, log) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !onPath('apt-get').some(isExecutable)) return false;
  log(`No ${TITLES[name]} found: installing it with apt-get.`);
  const { packages, companions, options } = BROWSERS[name];
  const run = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const isInstalled =
    run('update') && run('install', '-y', ...options, ...packages, ...new Set(Object.values(companions)));
  return isInstalled && fromSystem(BROWSERS[name], []) !== undefined;
}

function installFromPlaywright(name, log) {
  log(`No ${TITLES[name]} found: installing it with Playwright.`);
  const { status } = spawnSync('npx', ['playwright', 'install', name], {
    cwd: fileURLToPath(new URL('..', import.meta.url)), // npx uses the Playwright of this project
    shell: process.platform === 'win32', // where npx is a .cmd, which only a shell runs
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // absent, or not ours to run: either way not a browser for us
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [names, options] = [process.argv.slice(2), { install: process.argv.includes('--install') }];
  try {
    for (const name of names.filter((each) => !each.startsWith('--'))) {
      console.log(`${name}: ${(await findBrowser(name, options)).path}`);
    }
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
