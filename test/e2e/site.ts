/** What every end-to-end test starts from: the built package on a plain server, in a real Chromium. */
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright';
import { chromiumArgs } from '../../tools/chromium-args.mjs';
import { demoMounts } from '../../tools/demo-mounts.mjs';
import { findChromium } from '../../tools/find-browser.mjs';
import { startServer } from '../../tools/static-server.mjs';
import { watchOutside } from './outside.js';

export const CLIPS = fileURLToPath(new URL('../fixtures/clips/', import.meta.url));

export interface SiteOptions {
  /** Name of the clip the fake microphone plays, once. */
  readonly microphone?: string;
  /** Further switches for Chromium; the last of equals counts. */
  readonly args?: readonly string[];
  /** Sent with every file. */
  readonly headers?: Record<string, string>;
  /** Further folders, or others in place of the demo's own: URL prefixes under `base`, such as `demo/`. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** The folder of the host everything lies under, such as `/some/folder/`. */
  readonly base?: string;
}

export interface Site {
  /** Of the folder everything lies under, with its slash. */
  readonly url: string;
  readonly context: BrowserContext;
  /** Paths asked of the server so far, in order, ranges as one each. */
  readonly served: readonly string[];
  /** How often a file whose path ends so was fetched from its first byte on: a model comes in several ranges. */
  timesFetched(ending: string): number;
  /** What was asked of any other host so far. */
  readonly outside: readonly string[];
  /** Opens a page of `test/e2e/pages`, or any path of the site, and fails the test on an uncaught error in it. */
  open(path: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page>;
  /** Takes the server away, as a network that is gone does. */
  stop(): Promise<void>;
  /** Fails on an uncaught error of any page, unless `quiet`. */
  close(options?: { readonly quiet: boolean }): Promise<void>;
}

/** Opens a site, hands it to `use`, and closes it whatever came of that: an open browser would keep the run from ending. */
export async function withSite(options: SiteOptions, use: (site: Site) => Promise<void>): Promise<void> {
  const site = await openSite(options);
  let done = false;
  try {
    await use(site);
    done = true;
  } finally {
    // What went wrong in `use` says more than what went wrong in a page because of it.
    await site.close({ quiet: !done });
  }
}

export async function openSite({
  microphone,
  args = [],
  headers = {},
  base = '/',
  mounts = {},
}: SiteOptions = {}): Promise<Site> {
  const served: string[] = [];
  const begun: string[] = [];
  const server = await startServer({
    mounts: {
      ...demoMounts(base),
      [`${base}pages/`]: fileURLToPath(new URL('pages/', import.meta.url)),
      [`${base}clips/`]: CLIPS,
      ...Object.fromEntries(Object.entries(mounts).map(([prefix, folder]) => [base + prefix, folder])),
    },
    headers,
    log: (_method, url, range) => {
      served.push(url);
      if (range === undefined || range.startsWith('bytes=0-')) begun.push(url);
    },
  });
  const outside = await watchOutside();
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...chromiumArgs(microphone === undefined ? {} : { microphone: `${CLIPS}${microphone}.wav` }),
      `--proxy-server=${outside.proxy}`,
      ...args,
    ],
  });
  const context = await browser.newContext();
  outside.watch(context);
  const errors: Error[] = [];
  return {
    url: server.url + base,
    context,
    served,
    timesFetched: (ending) => begun.filter((path) => path.endsWith(ending)).length,
    outside: outside.asked,
    async open(path, prepare) {
      const page = await context.newPage();
      page.on('pageerror', (error) => errors.push(error));
      await prepare?.(page);
      await page.goto(server.url + base + path);
      return page;
    },
    stop: () => server.close(),
    async close({ quiet } = { quiet: false }) {
      await browser.close();
      await server.close();
      await outside.close();
      if (errors.length > 0 && !quiet)
        throw new AggregateError(errors, errors.map((error) => error.message).join('\n'));
    },
  };
}
