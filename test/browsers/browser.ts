/** The browser under test, named by the environment's BROWSER, with the built package on a local server. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launchBrowser } from '../../tools/browsers/launch.mjs';
import type { Browser, Tab } from '../../tools/browsers/tab.mjs';
import { demoMounts } from '../../tools/demo-mounts.mjs';
import { startServer } from '../../tools/static-server.mjs';
import { LIVE_CLIP } from '../e2e/clips.js';
import { CLIPS } from '../e2e/site.js';
import { SUPPORT_ROWS, type SupportRow } from '../../tools/support/rows.js';
import { BROWSERS, type Support } from '../../tools/support/table.js';

const NAMES = Object.keys(BROWSERS) as (keyof Support)[];

const browserName = nameOf(process.env['BROWSER'] ?? 'chromium');

function nameOf(name: string): keyof Support {
  const found = NAMES.find((each) => each === name);
  assert.ok(found, `BROWSER is ${name}, expected ${NAMES.join(', ')}`);
  return found;
}

let launched: Promise<Browser> | undefined;

/** Opens a tab of the one browser of the run. WebGPU is enabled where the browser has it; the microphone plays `LIVE_CLIP`. */
export async function openTab(): Promise<Tab> {
  launched ??= launchBrowser(browserName, { clip: `${CLIPS}${LIVE_CLIP}.wav`, install: true, gpu: true });
  return (await launched).newTab();
}

export async function closeBrowser(): Promise<void> {
  await (await launched)?.close();
}

export interface Site {
  /** With a slash at the end. */
  readonly url: string;
  /** Paths requested so far, in order. */
  readonly served: readonly string[];
  /** Stops the server, as if the network was gone. */
  stop(): Promise<void>;
}

const pages = (name: string): string => fileURLToPath(new URL(`../${name}/pages/`, import.meta.url));

/** Serves the demo, the build, the clips and the test pages until `use` ends. */
export async function withSite(
  use: (site: Site) => Promise<void>,
  headers: Record<string, string> = {},
): Promise<void> {
  const served: string[] = [];
  const server = await startServer({
    mounts: { ...demoMounts(), '/pages/': pages('e2e'), '/browsers/': pages('browsers'), '/clips/': CLIPS },
    headers,
    log: (_method, url) => served.push(url),
  });
  let isRunning = true;
  const stop = async (): Promise<void> => {
    if (isRunning) await server.close();
    isRunning = false;
  };
  try {
    await use({ url: `${server.url}/`, served, stop });
  } finally {
    await stop();
  }
}

/** Opens `path` of a site in a new tab and closes it after `use`. */
export async function withTab(url: string, use: (tab: Tab) => Promise<void>): Promise<void> {
  const tab = await openTab();
  try {
    await tab.goto(url);
    await use(tab);
  } finally {
    await tab.close();
  }
}

/** Calls `look` in the page, with `args`, until `is` accepts its result; by default, until the result is truthy. */
export async function until<A extends unknown[], R>(
  tab: Tab,
  look: (...args: A) => R,
  args: A,
  is: (value: Awaited<R>) => boolean = Boolean,
): Promise<NonNullable<Exclude<Awaited<R>, false>>> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    const value = await tab.evaluate(look, ...args);
    if (is(value)) return value as NonNullable<Exclude<Awaited<R>, false>>;
    if (Date.now() > deadline) throw new Error(`Not within 25 s; last was ${JSON.stringify(value)}: ${String(look)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Runs a test of live audio up to three times: on a busy machine samples are lost between the sound server and the browser,
 * which changes the words. A real defect fails three times.
 */
export async function withLiveSound(test: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await test();
      return;
    } catch (error) {
      if (tries === 3) throw error;
      console.log(`Live audio, try ${tries}: ${String(error)}`);
    }
  }
}

const results: Partial<Record<SupportRow, string>> = {};

/** Records what works in this browser, for the support table (`tools/support`). */
export function record(row: SupportRow, result: string): void {
  results[row] = result;
}

/**
 * Writes the results to `build/support/` for `npm run support`. Fails if a row has no result, or another than in
 * docs/support.json.
 */
export async function writeResults(): Promise<void> {
  for (const row of Object.keys(SUPPORT_ROWS)) assert.ok(row in results, `no test recorded a result for ${row}`);
  assert.ok(launched);
  const { version } = await launched;
  const folder = fileURLToPath(new URL('../../build/support/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${browserName}.json`, `${JSON.stringify({ version, results }, null, 2)}\n`);
  const kept = JSON.parse(readFileSync(new URL('../../docs/support.json', import.meta.url), 'utf8')) as Support;
  assert.deepEqual(
    results,
    kept[browserName].results,
    'the results differ from docs/support.json: run npm run support',
  );
}
