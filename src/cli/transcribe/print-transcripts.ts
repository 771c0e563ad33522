/** Prints transcripts to standard output. */
import type { Engine } from '../../engine/engine.js';
import { SttError } from '../../errors.js';
import { exportAs, type ExportForm } from '../../text/exports.js';
import { reportError } from '../report-error.js';
import { print } from '../standard-output.js';
import { isProblem, type Problem, type Recording } from './recordings.js';
import { jsonOf, throwIfOutputFailed, transcribeFile } from './transcribe-file.js';

export interface PrintOptions {
  readonly form: ExportForm;
  /** Whether results name their file: a label before a text, an array of JSON. */
  readonly areNamed: boolean;
}

/** A bad input is reported and the others are transcribed. Resolves with the number of bad ones. */
export async function printTranscripts(
  engine: Engine,
  inputs: readonly (Recording | Problem)[],
  { form, areNamed }: PrintOptions,
): Promise<number> {
  if (form === 'json') return printJson(engine, inputs, areNamed);
  let failed = 0;
  for (const input of inputs) {
    const error = await errorOf(async () => {
      if (isProblem(input)) throw input.error;
      if (form === 'txt') return printWords(engine, input.path, areNamed ? `${input.path}: ` : '');
      const { transcription } = await transcribeFile(engine, input.path);
      return print(
        exportAs(
          form,
          transcription.utterances.map((words) => ({ words })),
        ),
      );
    });
    if (error) failed++;
  }
  return failed;
}

/** Prints one object, or an array, each entry as soon as its file is done. A file that failed has an object with its error. */
async function printJson(engine: Engine, inputs: readonly (Recording | Problem)[], isArray: boolean): Promise<number> {
  let failed = 0;
  // Printed before the first file is done: an output that cannot be written is found before an hour's work.
  if (isArray) await print('[\n');
  for (const [i, input] of inputs.entries()) {
    const file = input.path;
    let result: object = {};
    const error = await errorOf(async () => {
      if (isProblem(input)) throw input.error;
      result = jsonOf(await transcribeFile(engine, file), engine.info());
    });
    if (error) failed++;
    const entry = error ? { file, error: error.toWire() } : isArray ? { file, ...result } : result;
    const json = JSON.stringify(entry, null, 2);
    const isLast = i === inputs.length - 1;
    await print(isArray ? `  ${json.replaceAll('\n', '\n  ')}${isLast ? '' : ','}\n` : `${json}\n`);
  }
  if (isArray) await print(']\n');
  return failed;
}

/** Reports the failure of one file and resolves with it. Rejects if standard output cannot be written: no file could be. */
async function errorOf(work: () => Promise<void>): Promise<SttError | undefined> {
  try {
    await work();
    return undefined;
  } catch (cause) {
    throwIfOutputFailed();
    const error = SttError.from(cause, 'unexpected');
    reportError('kyutai-stt transcribe', error);
    return error;
  }
}

/** Prints the words of a file as they are recognised, as one line. */
async function printWords(engine: Engine, file: string, label: string): Promise<void> {
  let before = label;
  const printWord = (text: string): void => {
    // `transcribeFile` throws the failure at the next piece of audio.
    print(`${before}${text}`).catch(() => undefined);
    before = ' ';
  };
  let isDone = false;
  try {
    await transcribeFile(engine, file, { word: ({ text }) => printWord(text) });
    isDone = true;
  } finally {
    // Also after a failure, whose message belongs on a line by itself.
    if (isDone || before !== label) await print(before === label ? `${label}\n` : '\n');
  }
}
