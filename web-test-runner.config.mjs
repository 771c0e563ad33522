/** Configures the browser tests: a real browser, the sources, and a microphone that plays one clip. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { playwrightLauncher } from '@web/test-runner-playwright';
import { buildKernels } from './tools/build-kernels.mjs';
import { bundledTests } from './tools/bundled-tests.mjs';
import { launcher } from './tools/browsers/test-runner-launcher.mjs';
import { chromiumArgs } from './tools/chromium-args.mjs';
import { findChromium } from './tools/find-browser.mjs';
import { freePort } from './tools/free-port.mjs';
import { sendFile } from './tools/static-server.mjs';

const rootDir = dirname(fileURLToPath(import.meta.url));
await buildKernels();

/** Scripts that are loaded by URL. In dist/ they are in one folder, in src/ in the folders of their layers. */
const ENTRIES = {
  'shared.worker.js': '/src/worker/shared.worker.ts',
  'dedicated.worker.js': '/src/worker/dedicated.worker.ts',
  'capture.worklet.js': '/src/audio/capture.worklet.ts',
};

/** Serves the .ts source for a .js URL, as in `new Worker(new URL('./x.js', import.meta.url))`. */
function servesSources(context, next) {
  const { path } = context;
  const model = /^\/src\/.*(\/models\/[^/]+)$/.exec(path);
  if (model !== null) context.path = model[1];
  else if (path.startsWith('/src/') && path.endsWith('.js') && !existsSync(join(rootDir, path))) {
    const source = path.replace(/\.js$/, '.ts');
    const entry = existsSync(join(rootDir, source)) ? source : ENTRIES[basename(path)];
    if (entry !== undefined) context.path = entry;
  }
  return next();
}

/** Serves model and audio files with byte ranges, as a host does; `/status/404` responds with that status. */
async function servesData(context, next) {
  const status = /^\/status\/(\d{3})/.exec(context.path);
  if (status !== null) {
    context.status = Number(status[1]);
    context.body = `status ${status[1]}`;
    return;
  }
  if (!/\.(gguf|safetensors|model|wav|ogg|mp3)$/.test(context.path)) return next();
  context.respond = false;
  await sendFile(context.req, context.res, join(rootDir, decodeURIComponent(context.path)));
}

const microphone = join(rootDir, 'test/fixtures/clips/en_human_goforward.wav');

/** Browsers by the environment variable BROWSER; `firefox-gpu` is Firefox with WebGPU on a software adapter. */
const BROWSERS = {
  chromium: async () =>
    playwrightLauncher({
      product: 'chromium',
      launchOptions: {
        executablePath: await findChromium({ install: true }),
        args: chromiumArgs({ microphone }),
      },
    }),
  firefox: () => launcher('firefox', { clip: microphone, install: true }),
  'firefox-gpu': () => launcher('firefox', { clip: microphone, install: true, gpu: true }),
  webkit: () => launcher('webkit', { clip: microphone, install: true }),
};
const { BROWSER = 'chromium' } = process.env;
if (!Object.hasOwn(BROWSERS, BROWSER)) {
  throw new Error(`BROWSER is ${BROWSER}, expected ${Object.keys(BROWSERS).join(', ')}`);
}

export default {
  rootDir,
  port: await freePort(),
  files: 'test/browser/**/*.test.ts',
  nodeResolve: { exportConditions: ['browser', 'production', 'default'] },
  plugins: [bundledTests(rootDir)],
  middleware: [servesSources, servesData],
  // One file at a time: live audio is processed in real time, and a software GPU beside it would starve it.
  concurrency: 1,
  concurrentBrowsers: 1,
  browsers: [await BROWSERS[BROWSER]()],
  testFramework: { config: { ui: 'bdd', timeout: 180_000 } },
  testsFinishTimeout: 600_000,
  browserStartTimeout: 60_000,
};
