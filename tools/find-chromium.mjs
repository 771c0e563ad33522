/** Finds a Chromium to run the browser tests in, and installs one where there is none. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ON_PATH = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'microsoft-edge'];
const ELSEWHERE = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];
const HOW =
  'No Chromium found: install one (Debian: apt-get install chromium; any: npx playwright install chromium) or set CHROMIUM_PATH.';

/**
 * The path of a Chromium: CHROMIUM_PATH or CHROME_PATH, the system's, then Playwright's own.
 * With `install`, none found means one is installed: by apt where this is a Debian and we are root, else by Playwright.
 * Throws one line that says how to get one.
 * @param {{ install?: boolean, log?: (line: string) => void, elsewhere?: readonly string[] }} [options]
 *   `elsewhere`: where browsers are that are not on PATH.
 * @returns {Promise<string>}
 */
export async function findChromium({ install = false, log = console.error, elsewhere = ELSEWHERE } = {}) {
  const found = fromEnvironment() ?? fromSystem(elsewhere) ?? (await fromPlaywright());
  if (found !== undefined) return found;
  if (install) {
    const installed = installFromDebian(log) ?? (await installFromPlaywright(log));
    if (installed !== undefined) return installed;
  }
  throw new Error(HOW);
}

function fromEnvironment() {
  for (const name of ['CHROMIUM_PATH', 'CHROME_PATH']) {
    const path = process.env[name];
    if (!path) continue;
    // A wrong path is a mistake to report: falling back would test another browser than the one asked for.
    if (!isExecutable(path)) throw new Error(`${name} is ${path}, which is not a program that can be run.`);
    return path;
  }
  return undefined;
}

function fromSystem(elsewhere) {
  return [...ON_PATH.flatMap(onPath), ...elsewhere].find(isExecutable);
}

/** Where a program of this name would be, in the order of PATH. */
function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name));
}

async function fromPlaywright() {
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  return path && isExecutable(path) ? path : undefined;
}

function installFromDebian(log) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !onPath('apt-get').some(isExecutable)) return undefined;
  log('No Chromium found: installing it with apt-get.');
  const run = (...args) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  return run('update') && run('install', '-y', '--no-install-recommends', 'chromium') ? fromSystem([]) : undefined;
}

async function installFromPlaywright(log) {
  log('No Chromium found: installing it with Playwright.');
  const { status } = spawnSync('npx', ['playwright', 'install', 'chromium'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)), // npx takes the Playwright of this project, whoever calls
    shell: process.platform === 'win32', // where npx is a .cmd, which only a shell runs
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0 ? fromPlaywright() : undefined;
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
  try {
    console.log(await findChromium({ install: process.argv.includes('--install') }));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
