/** Writes transcripts to a folder, one file for each recording and form, and continues where an earlier run ended. */
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Engine } from '../../engine/engine.js';
import { SttError } from '../../errors.js';
import { exportAs, type ExportForm } from '../../text/exports.js';
import { counted } from '../counted.js';
import { ProgressLine } from '../progress-line.js';
import { reportError } from '../report-error.js';
import { print } from '../standard-output.js';
import { writeError } from '../write-error.js';
import { refuseExisting, writeAllWhole } from '../write-file.js';
import { outputNames } from './output-names.js';
import { isProblem, STDIN, type Problem, type Recording } from './recordings.js';
import { inShard, type Shard } from './shard.js';
import { jsonOf, throwIfOutputFailed, transcribeFile, type TranscribedFile } from './transcribe-file.js';

const COMMAND = 'kyutai-stt transcribe';

export interface WriteOptions {
  readonly folder: string;
  readonly forms: readonly ExportForm[];
  readonly shard: Shard;
  /** Whether finished recordings are transcribed again. */
  readonly force: boolean;
  /** Called only if there is something to transcribe. */
  readonly openEngine: () => Promise<Engine>;
}

interface Job {
  readonly path: string;
  readonly outputs: readonly Output[];
}

interface Output {
  readonly form: ExportForm;
  readonly path: string;
}

/**
 * A bad input is reported and the others are transcribed. A recording is finished when its files exist, because they appear
 * complete or not at all; files that exist are not written again. Prints the path of each file that is written. Resolves with
 * the number of bad inputs.
 *
 * @throws SttError if nothing can be written to the folder, or its disk is full
 */
export async function writeTranscripts(
  inputs: readonly (Recording | Problem)[],
  { folder, forms, shard, force, openEngine }: WriteOptions,
): Promise<number> {
  await makeFolder(folder);
  let failed = 0;
  const line = new ProgressLine(process.stderr);
  const fail = (cause: unknown): void => {
    line.clear();
    throwIfOutputFailed();
    const error = SttError.from(cause, 'unexpected');
    // On a full disk every other recording would fail as well.
    if (error.code === 'quota') throw error;
    reportError(COMMAND, error);
    failed++;
  };
  for (const input of inputs) if (isProblem(input)) fail(input.error);
  const pending: Job[] = [];
  let finished = 0;
  for (const job of inShard(jobsFor(inputs, folder, forms), shard)) {
    try {
      const outputs = force ? job.outputs : await missing(job);
      if (outputs.length > 0) pending.push({ ...job, outputs });
      else finished++;
    } catch (cause) {
      fail(cause);
    }
  }
  if (finished > 0)
    process.stderr.write(
      `${COMMAND}: ${counted(finished, 'recording')} finished by an earlier run; use --force to transcribe again.\n`,
    );
  if (pending.length === 0) return failed;
  const sizes = await Promise.all(pending.map(({ path }) => sizeOf(path)));
  const engine = await openEngine();
  try {
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let before = 0;
    for (const [i, job] of pending.entries()) {
      const size = sizes[i] ?? 0;
      const what = `${i} of ${counted(pending.length, 'recording')}`;
      const show = (bytes: number): void => line.show(what, total === 0 ? 0 : (before + Math.min(bytes, size)) / total);
      show(0);
      try {
        await transcribeTo(engine, job, show);
        line.clear();
        await print(job.outputs.map(({ path }) => `${path}\n`).join(''));
      } catch (cause) {
        fail(cause);
      }
      before += size;
    }
  } finally {
    line.clear();
    engine.dispose();
  }
  return failed;
}

function jobsFor(inputs: readonly (Recording | Problem)[], folder: string, forms: readonly ExportForm[]): Job[] {
  // A recording that is named twice, or beside its folder, is one.
  const byPath = new Map<string, Recording>();
  for (const input of inputs) {
    const path = isProblem(input) || input.path === STDIN ? input.path : resolve(input.path);
    if (!isProblem(input) && !byPath.has(path)) byPath.set(path, input);
  }
  const outputsOf = (name: string): Output[] => forms.map((form) => ({ form, path: join(folder, `${name}.${form}`) }));
  const recordings = [...byPath.values()];
  const names = outputNames(recordings, (name) => outputsOf(name).some(({ path }) => byPath.has(resolve(path))));
  return recordings.map(({ path }, i) => ({ path, outputs: outputsOf(names[i] ?? '') }));
}

/** The outputs that do not exist. */
async function missing({ path, outputs }: Job): Promise<Output[]> {
  const absent: Output[] = [];
  for (const output of outputs) {
    const exists = (await stat(output.path).catch(() => undefined)) !== undefined;
    // What an existing file holds of standard input is not known.
    if (exists) await refuseExisting(output.path, path !== STDIN);
    else absent.push(output);
  }
  return absent;
}

async function transcribeTo(engine: Engine, { path, outputs }: Job, read: (bytes: number) => void): Promise<void> {
  // Made first: a folder that cannot be made is found before an hour's work.
  for (const output of outputs) await makeFolder(dirname(output.path));
  const file = await transcribeFile(engine, path, { read });
  const bytes = (form: ExportForm): Uint8Array => new TextEncoder().encode(contents(form, path, file, engine));
  await writeAllWhole(
    outputs.map((output) => ({ path: output.path, write: async (sink) => sink(bytes(output.form)) })),
  );
}

function contents(form: ExportForm, path: string, file: TranscribedFile, engine: Engine): string {
  if (form === 'json') return `${JSON.stringify({ file: path, ...jsonOf(file, engine.info()) }, null, 2)}\n`;
  const { utterances, audioSeconds } = file.transcription;
  return exportAs(
    form,
    utterances.map((words) => ({ words })),
    { duration: audioSeconds, title: path === STDIN ? undefined : basename(path) },
  );
}

/** @throws SttError if there is no folder at `path` afterwards, or nothing can be written to it */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (cause) {
    const isFile = (await stat(path).catch(() => undefined))?.isDirectory() === false;
    if (isFile) throw new SttError('invalid-argument', `${path} is a file, expected a folder`);
    throw writeError(path, cause, 'invalid-argument');
  }
}

/** In bytes; 0 for what has no size, such as a pipe or a missing file. */
const sizeOf = async (path: string): Promise<number> =>
  path === STDIN ? 0 : ((await stat(path).catch(() => undefined))?.size ?? 0);
