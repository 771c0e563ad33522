/** Traces the language model in a headless Chromium, with Node serving the model's tensors to the page. */
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium, type Route } from 'playwright';
import type { WebGpuLmOptions } from '../src/lm/webgpu/webgpu-lm.js';
import type { Model } from '../src/model/model.js';
import { chromiumArgs } from './chromium-args.mjs';
import { findChromium } from './find-browser.mjs';
import type { GpuTrace, RemoteModel } from './trace-page.js';

/** WebGPU needs a secure context, such as localhost. No server listens there: requests are fulfilled here. */
const ORIGIN = 'http://localhost';

/** `codes` [T][K]. Rejects with the error of the page. */
export async function traceWebGpu(
  model: Model,
  codes: readonly number[][],
  options: WebGpuLmOptions = {},
): Promise<GpuTrace> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL('trace-page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
  });
  const script = bundle.outputFiles[0]?.text ?? '';
  const browser = await chromium.launch({
    executablePath: await findChromium({ install: true }),
    args: chromiumArgs(),
  });
  try {
    const page = await browser.newPage();
    await page.route(`${ORIGIN}/**`, (route) => fulfil(route, model));
    await page.goto(ORIGIN);
    await page.addScriptTag({ type: 'module', content: script });
    await page.waitForFunction(() => 'traceLm' in globalThis);
    const remote: RemoteModel = { name: model.name, config: model.config, tensors: [...model.tensors.values()] };
    return await page.evaluate(([given, frames, how]) => globalThis.traceLm(given, frames, how), [
      remote,
      codes,
      options,
    ] as const);
  } finally {
    await browser.close();
  }
}

async function fulfil(route: Route, model: Model): Promise<void> {
  const { pathname, searchParams } = new URL(route.request().url());
  const [, kind, name = ''] = pathname.split('/').map(decodeURIComponent);
  if (kind === 'raw') {
    const [offset, length] = ['offset', 'length'].map((field) => Number(searchParams.get(field)));
    const bytes = length ? model.readTensorSlice(name, offset ?? 0, length) : model.readTensor(name);
    return route.fulfill({ body: Buffer.from(await bytes) });
  }
  if (kind === 'f32') return route.fulfill({ body: Buffer.from((await model.readTensorF32(name)).buffer) });
  return route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>trace</title>' });
}
