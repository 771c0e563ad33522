/** `npm run bench:gpu`: our Q4_0 product against ONNX Runtime's MatMulNBits, with the same weights, browser and adapter. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { formatReport } from './bench-gpu-report.js';
import type { BenchOptions, BenchReport, Shape } from './bench-gpu-page.js';
import { chromiumArgs } from './chromium-args.mjs';
import { findChromium } from './find-browser.mjs';

const USAGE = `npm run bench:gpu -- [options]
  --hardware   let the browser pick the adapter (default: Chromium's software adapter, SwiftShader)
  --headed     show the window: some systems give a headless browser no hardware adapter
  --quick      small matrices and few turns: shows that both sides agree, not their speed
  --json       print the whole report as JSON`;

/** The matrices of a layer of the published model, [N, K]. */
const SHAPES: readonly Shape[] = [
  { name: 'QKV', N: 6144, K: 2048 },
  { name: 'out', N: 2048, K: 2048 },
  { name: 'gate+up', N: 11264, K: 2048 },
  { name: 'down', N: 2048, K: 5632 },
];

const FULL = {
  shapes: SHAPES,
  passBytes: { hardware: 96e6, software: 0 },
  finalists: 4,
  mostChoices: Infinity,
  rounds: 9,
  turnMs: 200,
};
const QUICK = {
  shapes: [
    { name: 'wide', N: 512, K: 256 },
    { name: 'deep', N: 128, K: 640 },
  ],
  passBytes: { hardware: 200e3, software: 200e3 },
  finalists: 2,
  mostChoices: 3,
  rounds: 2,
  turnMs: 5,
};

/** WebGPU needs a secure context, such as localhost. No server listens there: requests are fulfilled here. */
const ORIGIN = 'http://localhost';
const ORT_WASM = '/ort.wasm';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      hardware: { type: 'boolean', default: false },
      headed: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const report = await runInBrowser(values, { ...(values.quick ? QUICK : FULL), ortWasm: ORT_WASM });
  console.log(values.json ? JSON.stringify(report) : formatReport(report));
}

async function runInBrowser(
  { hardware, headed }: { hardware: boolean; headed: boolean },
  options: BenchOptions,
): Promise<BenchReport> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('bench-gpu-page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
  });
  const browser = await chromium.launch({
    executablePath: await findChromium({ install: true }),
    headless: !headed,
    args: chromiumArgs().filter((arg) => !(hardware && arg.startsWith('--use-webgpu-adapter'))),
  });
  try {
    const page = await browser.newPage();
    page.on('console', (message) => console.error(message.text()));
    await page.route(`${ORIGIN}/**`, (route) =>
      new URL(route.request().url()).pathname === ORT_WASM
        ? route.fulfill({
            path: fileURLToPath(import.meta.resolve('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm')),
            contentType: 'application/wasm',
          })
        : route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>bench</title>' }),
    );
    await page.goto(ORIGIN);
    await page.addScriptTag({ type: 'module', content: bundle.outputFiles[0]?.text ?? '' });
    await page.waitForFunction(() => 'benchGpu' in globalThis);
    return await page.evaluate((how) => globalThis.benchGpu(how), options);
  } finally {
    await browser.close();
  }
}

try {
  await main();
} catch (error) {
  const isMisuse = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  if (!isMisuse) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exitCode = 1;
}
