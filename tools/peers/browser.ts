/** The contenders that run in Chromium: all are on one page and run when they are called. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright';
import { chromiumArgs } from '../chromium-args.mjs';
import { findChromium } from '../find-browser.mjs';
import { startServer } from '../static-server.mjs';
import type { Peers } from './install.js';
import type { PageContender } from './page.js';
import type { Contender } from './rounds.js';
import { describeWindow, type Window } from './windows.js';

const STEPS = 12;
const FRAMES = 24;
/** wllama takes half a second per token. */
const WLLAMA_TOKENS = 5;

export interface BrowserOptions {
  /** Absolute path of our own model. */
  readonly model: string;
  /** Folder of the peers' files, named below. */
  readonly folder: string;
  readonly peers?: Peers;
  readonly llama?: string;
  readonly onnx: readonly (Window & { readonly file: string })[];
}

export interface InBrowser {
  readonly version: string;
  readonly contenders: readonly Contender[];
  /** Why a peer does not take part. */
  readonly failed: readonly string[];
  readonly dispose: () => Promise<void>;
}

export async function browserContenders({ folder, model, peers, llama, onnx }: BrowserOptions): Promise<InBrowser> {
  const ortFolder = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/wasm')));
  const page = fileURLToPath(new URL('.', import.meta.url));
  const server = await startServer({
    mounts: {
      '/': page,
      '/model/': dirname(model),
      '/files/': folder,
      '/ort/': ortFolder,
      ...(peers && { '/modules/': peers.modules }),
    },
  });
  const browser = await chromium.launch({
    executablePath: await findChromium({ install: true }),
    args: [...chromiumArgs(), '--js-flags=--max-old-space-size=8192'],
  });
  const dispose = async (): Promise<void> => {
    await browser.close();
    await server.close();
  };
  try {
    const tab = await browser.newPage();
    await tab.goto(`${server.url}/package.json`);
    await tab.addScriptTag({ type: 'module', content: await bundled() });
    await tab.waitForFunction(() => 'loadPeers' in globalThis);
    const wllamaEsm = `${server.url}/modules/@wllama/wllama/esm`;
    const loaded = await tab.evaluate((options) => globalThis.loadPeers(options), {
      model: `${server.url}/model/${encodeURIComponent(basename(model))}`,
      steps: STEPS,
      frames: FRAMES,
      ...(llama !== undefined && {
        wllama: {
          module: `${wllamaEsm}/index.js`,
          wasm: `${wllamaEsm}/wasm/wllama.wasm`,
          model: `${server.url}/files/${llama}`,
          tokens: WLLAMA_TOKENS,
        },
      }),
      ort: onnx.map(({ file, frames, runs }) => ({
        wasm: `${server.url}/ort/ort-wasm-simd-threaded.wasm`,
        model: `${server.url}/files/${file}`,
        frames,
        runs,
      })),
    });
    const cdp = await browser.newBrowserCDPSession();
    const cpuMs = async (): Promise<number> => {
      const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, { type, cpuTime }) => sum + (type === 'renderer' ? cpuTime * 1000 : 0), 0);
    };
    const contender = (key: PageContender, rest: Omit<Contender, 'place' | 'turn' | 'cpuMs'>): Contender[] =>
      key in loaded.failed
        ? []
        : [{ ...rest, place: 'Chromium', turn: () => tab.evaluate((name) => globalThis.turnOf(name), key), cpuMs }];
    const ours = { name: `ours, Chromium ${browser.version()}, ${loaded.build} build`, side: 'ours' } as const;
    const contenders = [
      ...contender('our LM', { ...ours, work: 'LM step', units: STEPS }),
      ...contender('our Mimi', { ...ours, work: 'Mimi frame', units: FRAMES }),
    ];
    if (peers && llama !== undefined) {
      const name = `llama.cpp, WASM, ${peers.describe('@wllama/wllama')}`;
      contenders.push(...contender('wllama', { name, side: 'theirs', work: 'LM step', units: undefined }));
    }
    for (const { frames, runs } of onnx) {
      const name = `onnxruntime-web, WASM SIMD, ${describeWindow(frames)}`;
      contenders.push(
        ...contender(`ort ${frames}`, { name, side: 'theirs', work: 'Mimi frame', units: frames * runs }),
      );
    }
    const failed = Object.entries(loaded.failed).map(([key, why]) => `${key}: ${why}`);
    return { version: browser.version(), contenders, failed, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
    // The browser build in its manifest, for bundlers without support for `exports`.
    alias: {
      '@huggingface/gguf': fileURLToPath(new URL('browser/index.mjs', import.meta.resolve('@huggingface/gguf'))),
    },
  });
  return outputFiles[0]?.text ?? '';
}
