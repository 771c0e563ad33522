/** Pages built with the package by several bundlers transcribe the microphone. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright';
import { LIVE_CLIP, wordsOf } from '../e2e/clips.js';
import { transcribesMicrophone, open, serve } from './built-page.js';
import { consumers, run } from './installed.js';

const SOURCES = fileURLToPath(new URL('consumers/', import.meta.url));

/** Files that belong beside a page built by a tool that does not handle `new URL(…, import.meta.url)`. */
const BESIDE = /^(models|.+\.(worker|worklet)\.js)$/;

describe('a page built by', () => {
  let folder: string;
  let installed: string;

  before(() => {
    ({ folder, installed } = consumers());
  });

  it('Vite transcribes the microphone', async () => {
    const project = copy('page', 'vite');
    run([join(folder, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn', '--base', './'], project);
    await serve(join(project, 'dist'), transcribesMicrophone);
  });

  it('Vite’s development server transcribes the microphone', async () => {
    const project = copy('page', 'vite-dev');
    const server = await development(join(folder, 'node_modules/vite/bin/vite.js'), project);
    try {
      await open(new URL('/index.html', server.url).href, transcribesMicrophone);
    } finally {
      server.close();
    }
  });

  it('webpack transcribes the microphone', async () => {
    const project = copy('page', 'webpack');
    run(['webpack.mjs'], project);
    cpSync(join(project, 'index.html'), join(project, 'dist/index.html'));
    await serve(join(project, 'dist'), transcribesMicrophone);
  });

  it('esbuild transcribes the microphone, with the package’s files copied beside it', async () => {
    const project = copy('page', 'esbuild');
    await bundle(join(project, 'main.js'), join(project, 'dist'));
    cpSync(join(project, 'index.html'), join(project, 'dist/index.html'));
    await serve(join(project, 'dist'), transcribesMicrophone);
  });

  it('no bundler, but with an import map, transcribes the microphone', async () => {
    const html = `<!doctype html><link rel="icon" href="data:,">
        <script type="importmap">{ "imports": { "kyutai-stt": "./kyutai-stt.js" } }</script>
        <script type="module">import 'kyutai-stt';</script><kyutai-stt model="demo"></kyutai-stt>`;
    await serve(join(installed, 'dist'), transcribesMicrophone, html);
  });

  it('esbuild with react-speech-recognition transcribes the microphone through KyutaiSpeechRecognition', async () => {
    const project = copy('react', 'react');
    await bundle(join(project, 'source.jsx'), join(project, 'dist'));
    cpSync(join(project, 'index.html'), join(project, 'dist/index.html'));
    await serve(join(project, 'dist'), async (page) => {
      await says(page, 'supported', 'true');
      await page.getByRole('button', { name: 'Start' }).click();
      await says(page, 'listening', 'true');
      await says(page, 'transcript', wordsOf(LIVE_CLIP));
      await page.getByRole('button', { name: 'Stop' }).click();
      await says(page, 'listening', 'false');
      await says(page, 'final', wordsOf(LIVE_CLIP));
    });
  });

  /** A fresh project beside the installed packages. */
  function copy(name: string, as: string): string {
    const project = join(folder, 'projects', as);
    rmSync(project, { recursive: true, force: true });
    mkdirSync(project, { recursive: true });
    cpSync(join(SOURCES, name), project, { recursive: true });
    return project;
  }

  async function bundle(entry: string, out: string): Promise<void> {
    await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      jsx: 'automatic',
      outfile: join(out, 'main.js'),
      logLevel: 'silent',
    });
    for (const file of readdirSync(join(installed, 'dist')).filter((name) => BESIDE.test(name)))
      cpSync(join(installed, 'dist', file), join(out, file), { recursive: true });
  }
});

/** Starts Vite for `project` on a free port. */
async function development(vite: string, project: string): Promise<{ readonly url: string; close(): void }> {
  const child = spawn(process.execPath, [vite, '--host', 'localhost', '--port', '0'], {
    cwd: project,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    output += text;
    const url = /http:\/\/localhost:\d+\//.exec(output)?.[0];
    if (url) return { url, close: () => child.kill() };
  }
  return assert.fail(`Vite served nothing: ${output}`);
}

async function says(page: Page, id: string, text: string): Promise<void> {
  await page.waitForFunction(([name, wanted]) => document.getElementById(name)?.textContent === wanted, [
    id,
    text,
  ] as const);
}
