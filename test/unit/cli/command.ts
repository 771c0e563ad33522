/** The command as this tree's sources have it, compiled once: compiling itself at each start would take longer than its work. */
import {
  execFile,
  execFileSync,
  spawn,
  type ChildProcess,
  type ChildProcessWithoutNullStreams,
  type StdioOptions,
} from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
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
  /** Node and the script of the command, once it is made. */
  readonly words: readonly [node: string, script: string];
  /** Starts it, to write to it and read from it while it runs. */
  start(...args: readonly string[]): ChildProcessWithoutNullStreams;
  /** Runs it with a file or device as standard output, so `out` is empty. */
  into(path: string, ...args: readonly string[]): Promise<Outcome>;
  /** Runs it with a file or device as standard error, so `err` is empty. */
  withErrorsInto(path: string, ...args: readonly string[]): Promise<Outcome>;
  /** Runs it with a pipe as standard output whose reader has gone. */
  intoClosedPipe(...args: readonly string[]): Promise<Outcome>;
  /** Runs a shell script whose `"$0" "$@"` is the command with its arguments. */
  inShell(script: string, variables: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Outcome>;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Makes the command before the tests of a file and takes it away after them. It runs in the root of this tree. */
export function command(): Command {
  let folder = '';
  let pipes = 0;
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
  const spawnTo = (stdio: StdioOptions, args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [join(folder, 'main.js'), ...args], { cwd: ROOT, stdio });
  const into: Command['into'] = async (path, ...args) => {
    const output = openSync(path, 'w');
    try {
      return await outcomeOf(spawnTo(['ignore', output, 'pipe'], args));
    } finally {
      closeSync(output);
    }
  };
  const withErrorsInto: Command['withErrorsInto'] = async (path, ...args) => {
    const errors = openSync(path, 'w');
    try {
      return await outcomeOf(spawnTo(['ignore', 'pipe', errors], args));
    } finally {
      closeSync(errors);
    }
  };
  const intoClosedPipe: Command['intoClosedPipe'] = async (...args) => {
    // Closed before the command starts: a reader that closes it meanwhile would race with the command.
    const pipe = join(folder, `pipe-${(pipes += 1)}`);
    execFileSync('mkfifo', [pipe]);
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(pipe, 'w');
    closeSync(reader);
    try {
      return await outcomeOf(spawnTo(['ignore', writer, 'pipe'], args));
    } finally {
      closeSync(writer);
    }
  };
  const inShell: Command['inShell'] = (script, variables, ...args) =>
    outcomeOf(
      spawn('sh', ['-c', script, process.execPath, join(folder, 'main.js'), ...args], {
        cwd: ROOT,
        env: { ...process.env, ...variables },
      }),
    );
  const start: Command['start'] = (...args) =>
    spawn(process.execPath, [join(folder, 'main.js'), ...args], { cwd: ROOT });
  const withWords = Object.defineProperty(run, 'words', { get: () => [process.execPath, join(folder, 'main.js')] });
  return Object.assign(withWords as typeof run & Pick<Command, 'words'>, {
    start,
    into,
    withErrorsInto,
    intoClosedPipe,
    inShell,
  });
}

async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status: status ?? -1, out, err };
}
