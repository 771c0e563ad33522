/** Serves the built package on a local server and opens it in Chromium, in a new browser context. */
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright';
import { chromiumArgs } from '../../tools/chromium-args.mjs';
import { demoMounts } from '../../tools/demo-mounts.mjs';
import { findChromium } from '../../tools/find-browser.mjs';
import { startServer } from '../../tools/static-server.mjs';
import { CLIPS, LIVE_CLIP } from './clips.js';
import { watchOutside, type Outside } from './outside.js';

export { CLIPS };

export interface SiteOptions {
  /** Clip that the fake microphone plays once each time it is opened. Default `LIVE_CLIP`. */
  readonly microphone?: string;
  /** Additional switches for Chromium; they override earlier ones. */
  readonly args?: readonly string[];
  /** Headers of every response. */
  readonly headers?: Record<string, string>;
  /** More folders to serve, by URL prefix under `base`; they override the demo's, such as `demo/`. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** Path on the host under which everything is served, such as `/some/folder/`. */
  readonly base?: string;
}

export interface Site {
  /** URL of `base`, with a slash at the end. */
  readonly url: string;
  readonly context: BrowserContext;
  /** Paths requested so far, in order, once for each range. */
  readonly served: readonly string[];
  /** How often a file whose path ends like this was requested from its first byte: a model is downloaded in ranges. */
  timesFetched(ending: string): number;
  /** Requests to other hosts so far. */
  readonly outside: readonly string[];
  /** Opens a page of `test/e2e/pages`, or any path of the site, and fails the test on an uncaught error in it. */
  open(path: string, prepare?: (page: Page) => Promise<unknown>): Promise<Page>;
  /** Stops the server, as if the network was gone. */
  stop(): Promise<void>;
  /** Fails on an uncaught error of any page, unless `quiet`. */
  close(options?: { readonly quiet: boolean }): Promise<void>;
}

/** Opens a site, calls `use` with it, and always closes it. */
export async function withSite(options: SiteOptions, use: (site: Site) => Promise<void>): Promise<void> {
  const site = await openSite(options);
  let done = false;
  try {
    await use(site);
    done = true;
  } finally {
    // An error of `use` is reported, not the page errors that it caused.
    await site.close({ quiet: !done });
  }
}

interface Launched {
  readonly browser: Browser;
  readonly outside: Outside;
}

/** Browsers by their switches: a launch takes more than a second of CPU time, a new context a tenth of that. */
const launched = new Map<string, Promise<Launched>>();

after(async () => {
  for (const each of await Promise.all(launched.values())) {
    await each.browser.close();
    await each.outside.close();
  }
});

/** The Chromium of this process with these switches. Requests of the browser itself, which no context sees, are refused. */
export async function sharedChromium(args: readonly string[] = [], microphone = LIVE_CLIP): Promise<Browser> {
  const key = [microphone, ...args].join(' ');
  let found = launched.get(key);
  if (!found) {
    found = launch(args, microphone);
    launched.set(key, found);
  }
  return (await found).browser;
}

async function launch(args: readonly string[], microphone: string): Promise<Launched> {
  const outside = await watchOutside();
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: [
      ...chromiumArgs({ microphone: `${CLIPS}${microphone}.wav` }),
      `--proxy-server=${outside.proxy}`, // localhost never goes through it
      ...args,
    ],
  });
  return { browser, outside };
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
  const browser = await sharedChromium(args, microphone);
  const outside = await watchOutside();
  const context = await browser.newContext({ proxy: { server: outside.proxy, bypass: 'localhost,127.0.0.1' } });
  outside.watch(context);
  const errors: Error[] = [];
  return {
    url: server.url + base,
    context,
    served,
    timesFetched: (ending) => begun.filter((path) => path.endsWith(ending)).length,
    outside: outside.requests,
    async open(path, prepare) {
      const page = await context.newPage();
      page.on('pageerror', (error) => errors.push(error));
      await prepare?.(page);
      await page.goto(server.url + base + path);
      return page;
    },
    stop: () => server.close(),
    async close({ quiet } = { quiet: false }) {
      await context.close();
      await server.close();
      await outside.close();
      if (errors.length > 0 && !quiet)
        throw new AggregateError(errors, errors.map((error) => error.message).join('\n'));
    },
  };
}
