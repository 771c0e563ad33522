/** `npm run bench:peers`: our step and frame against llama.cpp, wllama, ONNX Runtime and PyTorch, with one thread each. */
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openModelFromPath } from '../src/cli/open-model-from-path.js';
import { PRESETS } from '../src/cli/random-model/presets.js';
import { writeRandomGguf } from '../src/cli/random-model/write-gguf.js';
import { enableRelaxedSimd } from '../src/cli/relaxed-simd.js';
import { loadBackends } from '../src/engine/backends.js';
import { browserContenders } from './peers/browser.js';
import { installPeers, type Peers } from './peers/install.js';
import { writeLlamaModel } from './peers/llama-model.js';
import { llamaContender, ourNodeContenders } from './peers/native.js';
import { exportMimi, torchContender } from './peers/python.js';
import { formatReport } from './peers/report.js';
import { alternate, type Contender } from './peers/rounds.js';
import { describeWindow, WINDOWS, type Window } from './peers/windows.js';

const USAGE = `npm run bench:peers -- [options]
  --model FILE     our random model, from kyutai-stt random-model --preset stt-1b-en_fr (default: generated once and kept)
  --python PATH    a Python with PyTorch, for Mimi's peers (default python3)
  --rounds N       turns of each contender (default 9)
  --json           print every number as JSON`;

interface Native {
  readonly contender: Contender;
  readonly dispose: () => unknown;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      python: { type: 'string', default: 'python3' },
      rounds: { type: 'string', default: '9' },
      json: { type: 'boolean', default: false },
    },
  });
  const folder = join(tmpdir(), 'kyutai-stt-peers');
  mkdirSync(folder, { recursive: true });
  const files = { ours: resolve(values.model ?? join(folder, 'ours.gguf')), llama: join(folder, 'llama.gguf') };
  const rounds = wholeNumber('--rounds', values.rounds);
  const missing: string[] = [];

  const { config } = PRESETS['stt-1b-en_fr'];
  if (values.model === undefined)
    await make(files.ours, () => writeRandomGguf(files.ours, { config, type: 'q4_0', mimi: 'f32', seed: 0 }));
  await make(files.llama, () => writeLlamaModel(files.llama));
  const peers = await attempt<Peers>('llama.cpp and wllama', missing, () => installPeers());
  const onnx: (Window & { file: string })[] = [];
  for (const window of WINDOWS) {
    const file = `mimi-${window.frames}.onnx`;
    const path = join(folder, file);
    const made = await attempt(`onnxruntime-web, ${describeWindow(window.frames)}`, missing, () =>
      make(path, () => exportMimi(values.python, path, window.frames)),
    );
    if (made) onnx.push({ ...window, file });
  }

  enableRelaxedSimd();
  const contenders: Contender[] = ourNodeContenders(await loadBackends(await openModelFromPath(files.ours), {}));
  const closing: (() => unknown)[] = [];
  try {
    const llama = peers && (await attempt('llama.cpp', missing, () => llamaContender(peers, files.llama)));
    const natives: (Native | undefined)[] = [llama];
    for (const window of WINDOWS) {
      const name = `PyTorch, ${describeWindow(window.frames)}`;
      natives.push(await attempt(name, missing, () => torchContender(values.python, window)));
    }
    for (const native of natives) {
      if (!native) continue;
      contenders.push(native.contender);
      closing.push(native.dispose);
    }
    const browser = await browserContenders({
      folder,
      model: files.ours,
      ...(peers && { peers, llama: 'llama.gguf' }),
      onnx,
    });
    closing.push(browser.dispose);
    missing.push(...browser.failed);
    contenders.push(...browser.contenders);

    const timings = await alternate(contenders, rounds, (round) => console.error(`round ${round} of ${rounds}`));
    const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores`;
    const report = { machine, rounds, timings, missing };
    console.log(values.json ? JSON.stringify(report) : formatReport(report));
  } finally {
    for (const close of closing) await close();
  }
}

function wholeNumber(option: string, value: string): number {
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new Error(`${option} is ${value}, expected a whole number above 0`);
}

/** Runs `write` unless there is a file at `path`. */
async function make(path: string, write: () => unknown): Promise<true> {
  if (!existsSync(path)) {
    console.error(`writing ${path}`);
    await write();
  }
  return true;
}

/** Records a peer that is not available in `missing`, so that the others still run. */
async function attempt<T>(name: string, missing: string[], get: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    missing.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
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
