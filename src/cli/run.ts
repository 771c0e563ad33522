/** Dispatches `kyutai-stt SUBCOMMAND …` and reports errors as a sentence and an exit code. */
import { SttError } from '../errors.js';
import { packageVersion } from './package-version.js';
import { reportError } from './report-error.js';
import { isClosedOutput, print } from './standard-output.js';

interface Subcommand {
  readonly summary: string;
  /** Loads the subcommand when it is used: `--help` does not read the WASM kernels. */
  load(): Promise<(argv: string[]) => Promise<number>>;
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  transcribe: {
    summary: 'transcribe audio files',
    load: async () => (await import('./transcribe.js')).transcribeCommand,
  },
  eval: {
    summary: 'measure a model’s word error rate on a folder of recordings and texts',
    load: async () => (await import('./eval.js')).evalCommand,
  },
  convert: {
    summary: 'convert a model in any layout to one GGUF file',
    load: async () => (await import('./convert.js')).convertCommand,
  },
  bench: {
    summary: 'measure a model’s speed and memory on this machine',
    load: async () => (await import('./bench.js')).benchCommand,
  },
  verify: {
    summary: 'compare a model with the official implementation',
    load: async () => (await import('./verify.js')).verifyCommand,
  },
  manifest: {
    summary: 'write the sizes and hashes of a model’s files, for a mirror',
    load: async () => (await import('./manifest.js')).manifestCommand,
  },
  publish: {
    summary: 'make a folder with a model, its manifest and its card, for the hub',
    load: async () => (await import('./publish.js')).publishCommand,
  },
  serve: {
    summary: 'serve folders over HTTP or HTTPS, for development',
    load: async () => (await import('./serve.js')).serveCommand,
  },
  'random-model': {
    summary: 'write a full-size model with random weights, for measurements',
    load: async () => (await import('./random-model.js')).randomModelCommand,
  },
};

const OK = 0;
const FAILED = 1;
const MISUSED = 2;
/** What a shell reports for a program that SIGPIPE ended, as it ends most programs whose output is closed. */
const OUTPUT_CLOSED = 141;

/** `argv` without node and script. Resolves with the exit code: 0 success, 1 failure, 2 wrong arguments, 141 output closed. */
export async function run(argv: readonly string[]): Promise<number> {
  const [name = '', ...rest] = argv;
  try {
    return await dispatch(name, rest);
  } catch (cause) {
    return report(name, cause);
  }
}

async function dispatch(name: string, rest: string[]): Promise<number> {
  if (name === '--help' || name === '-h' || name === 'help') {
    await print(usage());
    return OK;
  }
  if (name === '--version' || name === '-V') {
    await print(`${packageVersion()}\n`);
    return OK;
  }
  const subcommand = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  if (subcommand === undefined) {
    process.stderr.write(name === '' ? usage() : `kyutai-stt: unknown subcommand ${name}\n\n${usage()}`);
    return MISUSED;
  }
  const command = await subcommand.load();
  return command(rest);
}

function usage(): string {
  const lines = Object.entries(SUBCOMMANDS).map(([name, { summary }]) => `  ${name.padEnd(14)}${summary}`);
  return `Usage: kyutai-stt SUBCOMMAND …\n\n${lines.join('\n')}\n\nRun kyutai-stt SUBCOMMAND --help for its options, kyutai-stt --version for the version.\n`;
}

function report(name: string, cause: unknown): number {
  if (isClosedOutput(cause)) return OUTPUT_CLOSED;
  if (isParseError(cause)) {
    process.stderr.write(`kyutai-stt ${name}: ${cause.message}\nSee kyutai-stt ${name} --help.\n`);
    return MISUSED;
  }
  const error = SttError.from(cause, 'unexpected');
  reportError(Object.hasOwn(SUBCOMMANDS, name) ? `kyutai-stt ${name}` : 'kyutai-stt', error);
  return error.code === 'invalid-argument' ? MISUSED : FAILED;
}

/** What node:util's parseArgs throws for an unknown option or a missing value. */
function isParseError(cause: unknown): cause is Error {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_PARSE_ARGS');
}
