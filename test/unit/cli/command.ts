/** The command as this tree's sources have it, compiled once: compiling itself at each start would take longer than its work. */
import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Outcome {
  /** Exit status; -1 where it was stopped by a signal. */
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface Command {
  (...args: readonly string[]): Promise<Outcome>;
  /** Starts it, to write to it and read from it while it runs. */
  start(...args: readonly string[]): ChildProcessWithoutNullStreams;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Makes the command before the tests of a file and takes it away after them. It runs in the root of this tree. */
export function command(): Command {
  let folder = '';
  before(async () => {
    // As deep in the tree as src/cli, from where the command finds its model.
    folder = await mkdtemp(join(ROOT, 'build/command-'));
    await build({
      entryPoints: { main: join(ROOT, 'src/cli/main.ts'), 'cli.thread': join(ROOT, 'src/cli/thread-script.ts') },
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
    });
  });
  after(() => rm(folder, { recursive: true }));
  const run = (...args: readonly string[]): Promise<Outcome> =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(folder, 'main.js'), ...args], { cwd: ROOT }, (error, out, err) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ status, out, err });
      });
    });
  const start: Command['start'] = (...args) =>
    spawn(process.execPath, [join(folder, 'main.js'), ...args], { cwd: ROOT });
  return Object.assign(run, { start });
}
