/** `kyutai-stt verify`: compares a model with the official implementation, part by part, on this machine. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import type { DownloadProgress } from '../download/types.js';
import type { Model } from '../model/model.js';
import type { Backend } from '../protocol/model.js';
import { judge } from '../verify/judge.js';
import { parseReference, referenceFor, type Reference } from '../verify/reference.js';
import { formatReport } from '../verify/report.js';
import { verifyModel, type Stage, type VerifyOptions } from '../verify/verify-model.js';
import { defaultCacheFolder } from './folder-store.js';
import { whyNoWebGpu } from './node-webgpu.js';
import { oneOf } from './one-of.js';
import { openModelFromPath } from './open-model-from-path.js';
import { isRemoteModel, openRemoteModel } from './open-remote-model.js';
import { readAudio } from './read-audio.js';
import { enableRelaxedSimd } from './relaxed-simd.js';
import { print } from './standard-output.js';
import { nodeHelpers, threadCount, yieldByImmediate } from './threads.js';

const USAGE = `Usage: kyutai-stt verify [--model M] [--reference FILE] [--backend all|wasm|webgpu] [--threads N] [--json]

Runs a model on a recording and compares codes, tokens and words with those of the official implementation: the codec, the
language model alone on the official codes, and both together, on each backend.

  --model      a .gguf file, a folder in the official layout, or, if there is no such path, a model to download: a name
               (stt-1b-en_fr, 670 MB), owner/repo[@revision], or a URL (default: the demo model of the package)
  --hub        URL of a mirror of the hub that names and owner/repo are downloaded from
  --cache      folder for downloads (default: ${defaultCacheFolder()})
  --reference  what to compare with: a JSON file as in reference/README.md (default: the one that fits the model)
  --backend    all, wasm or webgpu (default all: the GPU if the package webgpu is installed and finds one)
  --build      WASM build: simd or relaxed (default: the fastest that this machine runs)
  --threads    number of CPU threads (default: one per processor, at most four)
  --json       prints all results as JSON

Exit code: 0 if every check passed, 1 if any failed or the model did not run, 2 for wrong arguments.
`;

const DEMO_MODEL = new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url);
/** The references of the package; one recording beside each. */
const BRIA = new URL('../../reference/bria.json', import.meta.url);
const DEMO = new URL('../../reference/demo.json', import.meta.url);

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function verifyCommand(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      model: { type: 'string', default: fileURLToPath(DEMO_MODEL) },
      hub: { type: 'string' },
      cache: { type: 'string', default: defaultCacheFolder() },
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
  const wanted = oneOf('--backend', values.backend, ['all', 'wasm', 'webgpu'] as const);
  const build = values.build === undefined ? undefined : oneOf('--build', values.build, ['simd', 'relaxed'] as const);
  const helpers = nodeHelpers(threadCount(values.threads));
  // The cheap checks first: a wrong reference should fail before a model is read.
  const given = values.reference === undefined ? undefined : await readReference(values.reference);
  if (build !== 'simd') enableRelaxedSimd();
  const model = await openPathOrName(values.model, values.hub, values.cache);
  const reference = given ?? (await ownReference(model));
  const samples = await readAudio(reference.audio, model.config.mimi.sampleRate);
  const verification = await verifyModel(model, reference, samples, {
    backends: await backendsFor(wanted),
    build,
    helpers,
    yieldToEventLoop: yieldByImmediate,
    progress: printProgress(process.stderr),
  });
  const verdict = judge(verification, reference);
  const machine = describeMachine();
  await print(
    values.json
      ? `${JSON.stringify({ ...verification, ...verdict, machine }, null, 2)}\n`
      : formatReport(verification, verdict, machine),
  );
  return verdict.passed ? 0 : 1;
}

/** A path on this machine comes first, so that a folder may have a model's name. */
async function openPathOrName(model: string, hub: string | undefined, folder: string): Promise<Model> {
  if (existsSync(model) || !isRemoteModel(model)) return openModelFromPath(model);
  return openRemoteModel(model, { hub, folder, onProgress: printDownload(process.stderr, folder) });
}

/** One updated line on a terminal, one line elsewhere. */
function printDownload(to: NodeJS.WriteStream, folder: string): (progress: DownloadProgress) => void {
  let isAnnounced = false;
  return ({ phase, loaded, total }) => {
    if (phase === 'downloading' && !isAnnounced) {
      isAnnounced = true;
      to.write(`downloading to ${folder}\n`);
    }
    if (!to.isTTY || !isAnnounced) return;
    const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
    to.write(`\r\x1b[K${phase === 'done' ? '' : `${phase} ${megabytes(loaded)} of ${megabytes(total)} MB`}`);
  };
}

/** The reference of the package that fits the model. Throws `invalid-argument` if none does. */
async function ownReference(model: Model): Promise<Reference> {
  return referenceFor(model, await Promise.all([BRIA, DEMO].map((url) => readReference(fileURLToPath(url)))));
}

/** With the path of its recording in `audio`. */
async function readReference(path: string): Promise<Reference> {
  const json = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw SttError.from(cause, path, 'invalid-argument');
  });
  const reference = parseReference(basename(path), json);
  return { ...reference, audio: resolve(dirname(path), reference.audio) };
}

/** A backend that is named is checked or fails; of all, the GPU is left out where there is none. */
async function backendsFor(wanted: Backend | 'all'): Promise<VerifyOptions['backends']> {
  if (wanted === 'wasm') return [{ name: 'wasm' }];
  const whyNot = await whyNoWebGpu({ acceptsSoftware: wanted === 'webgpu' });
  if (wanted === 'all') return [{ name: 'wasm' }, { name: 'webgpu', whyNot }];
  if (whyNot !== undefined) throw new SttError('unsupported', `--backend webgpu: ${whyNot}`);
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
