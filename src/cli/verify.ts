/** `kyutai-stt verify`: compares a model with the official implementation, part by part, on this machine. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import type { Model } from '../model/model.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import { judge, type Verdict } from '../verify/judge.js';
import { parseReference, referenceFor, type Reference } from '../verify/reference.js';
import { formatReport } from '../verify/report.js';
import { verifyModel, type Stage, type Verification, type VerifyOptions } from '../verify/verify-model.js';
import { CPU_USAGE } from './load-engine.js';
import { requireWebGpu, whyNoWebGpu } from './node-webgpu.js';
import { oneOf } from './one-of.js';
import { MODEL_OPTIONS, MODEL_USAGE, openAnyModel, optionLines } from './open-any-model.js';
import { readAudio } from './read-audio.js';
import { print } from './standard-output.js';
import { nodeHelpers, threadCount, yieldByImmediate } from './threads.js';
import { buildOption, enableBuild } from './wasm-build.js';

const USAGE = `Usage: kyutai-stt verify [--model M] [--reference FILE] [--backend all|wasm|webgpu] [--threads N] [--json]

Runs a model on a recording and compares codes, tokens and words with those of the official implementation: the codec, the
language model alone on the official codes, and both together, on each backend.

${optionLines(MODEL_USAGE, 13)}
  --reference  what to compare with: a JSON file as in reference/README.md (default: the one that fits the model)
  --backend    all, wasm or webgpu (default all: the GPU if the package webgpu is installed and finds one)
${optionLines(CPU_USAGE, 13)}
  --json       prints all results as JSON

Exit code: 0 if every check passed, 1 if any failed or the model did not run, 2 for wrong arguments.
`;

/** The references of the package; one recording beside each. */
const BRIA = new URL('../../reference/bria.json', import.meta.url);
const DEMO = new URL('../../reference/demo.json', import.meta.url);

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function verifyCommand(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...MODEL_OPTIONS,
      reference: { type: 'string' },
      backend: { type: 'string', default: 'all' },
      build: { type: 'string' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    await print(USAGE);
    return 0;
  }
  const backend = oneOf('--backend', values.backend, ['all', 'wasm', 'webgpu'] as const);
  const build = buildOption(values.build);
  const threads = threadCount(values.threads);
  // The cheap checks first: a wrong reference should fail before a model is read.
  const reference = values.reference === undefined ? undefined : await readReference(values.reference);
  const model = await openAnyModel(values);
  const { verification, verdict, machine } = await verifyHere(model, { backend, build, threads, reference });
  await print(
    values.json
      ? `${JSON.stringify({ ...verification, ...verdict, machine }, null, 2)}\n`
      : formatReport(verification, verdict, machine),
  );
  return verdict.passed ? 0 : 1;
}

export interface VerifyHereOptions {
  /** `all`: the GPU too, where there is one. */
  readonly backend: Backend | 'all';
  readonly build?: EngineInfo['build'] | undefined;
  readonly threads: number;
  /** With the path of its recording in `audio`; default: the package's that fits the model. */
  readonly reference?: Reference | undefined;
}

export interface VerifiedHere {
  readonly verification: Verification;
  readonly verdict: Verdict;
  /** What it ran on. */
  readonly machine: string;
}

/** Compares a model with a reference on this machine. Throws `invalid-argument` if no reference fits. */
export async function verifyHere(model: Model, options: VerifyHereOptions): Promise<VerifiedHere> {
  const { backend, build, threads, reference = await ownReference(model) } = options;
  enableBuild(build);
  const samples = await readAudio(reference.audio, model.config.mimi.sampleRate);
  const verification = await verifyModel(model, reference, samples, {
    backends: await backendsFor(backend),
    build,
    helpers: nodeHelpers(threads),
    yieldToEventLoop: yieldByImmediate,
    progress: printProgress(process.stderr),
  });
  return { verification, verdict: judge(verification, reference), machine: describeMachine() };
}

/** The reference of the package that fits the model. Throws `invalid-argument` if none does. */
async function ownReference(model: Model): Promise<Reference> {
  return referenceFor(model, await Promise.all([BRIA, DEMO].map((url) => readReference(fileURLToPath(url)))));
}

/** With the path of its recording in `audio`. */
export async function readReference(path: string): Promise<Reference> {
  const json = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  const reference = parseReference(basename(path), json);
  return { ...reference, audio: resolve(dirname(path), reference.audio) };
}

/** A backend that is named is checked or fails; of all, the GPU is left out where there is none. */
async function backendsFor(wanted: Backend | 'all'): Promise<VerifyOptions['backends']> {
  if (wanted === 'wasm') return [{ name: 'wasm' }];
  if (wanted === 'all')
    return [{ name: 'wasm' }, { name: 'webgpu', whyNot: await whyNoWebGpu({ acceptsSoftware: false }) }];
  await requireWebGpu();
  return [{ name: 'webgpu' }];
}

/** One updated line on a terminal, one line per stage elsewhere. */
function printProgress(to: NodeJS.WriteStream): (stage: Stage, done: number, total: number) => void {
  let shown = '';
  return (stage, done, total) => {
    if (to.isTTY) {
      // Erases the line before it.
      to.write(`\r\x1b[K${done === total ? '' : `${stage} ${Math.floor((100 * done) / total)} %`}`);
    } else if (stage !== shown) {
      shown = stage;
      to.write(`${stage}\n`);
    }
  };
}

function describeMachine(): string {
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${cpu}, ${os.availableParallelism()} cores, ${os.type()} ${os.arch()}, Node ${process.versions.node}`;
}
