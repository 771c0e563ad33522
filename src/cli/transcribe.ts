/** `kyutai-stt transcribe`: transcribes audio files to text, captions or JSON, with the browser's engine. */
import { parseArgs } from 'node:util';
import type { Engine } from '../engine/engine.js';
import { SttError } from '../errors.js';
import type { EngineInfo } from '../protocol/model.js';
import type { WireWord } from '../protocol/stream-events.js';
import { toSRT, toVTT } from '../text/cues.js';
import { fileBytes, STANDARD_INPUT, streamBytes, type AudioBytes } from './audio/audio-bytes.js';
import { errorNaming } from './audio/error-naming.js';
import { FORMATS } from './audio/refusal.js';
import { ENGINE_OPTIONS, engineChoice, engineUsage, loadEngine, type EngineChoice } from './load-engine.js';
import { streamAudio } from './read-audio.js';
import { reportError } from './report-error.js';
import { outputFailure, print } from './standard-output.js';
import { transcribeSamples, type Transcription } from './transcribe-samples.js';

const USAGE = `Usage: kyutai-stt transcribe FILE… [--model M] [--json | --srt | --vtt]

Prints the words spoken in audio files (- is standard input) as they are recognised. Files of any length, rate and number
of channels: ${FORMATS}.

${engineUsage(11)}
  --json     text, words with times, turns and metrics. For several files an array, printed as each is done, whose entries
             name their file. A bad file's entry is {"file": …, "error": {"code": …, "message": …}}
  --srt      SubRip captions of one file
  --vtt      WebVTT captions of one file

A bad file is reported on standard error, and the others are transcribed. Exit code: 0 if all files were transcribed, 1 if
any was not, 2 for wrong arguments, 141 if standard output was closed (as by head).
`;

type OutputForm = 'text' | 'json' | 'srt' | 'vtt';

interface Arguments {
  readonly files: readonly string[];
  readonly form: OutputForm;
  readonly engine: EngineChoice;
}

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function transcribeCommand(argv: readonly string[]): Promise<number> {
  const given = parse(argv);
  if (!given) {
    await print(USAGE);
    return 0;
  }
  const { files, form } = given;
  const { engine } = await loadEngine(given.engine);
  try {
    const failed = form === 'json' ? await printJson(engine, files) : await printForms(engine, files, form);
    return failed > 0 ? 1 : 0;
  } finally {
    engine.dispose();
  }
}

/** Prints the transcript of each file. Resolves with the number of files that failed. */
async function printForms(
  engine: Engine,
  files: readonly string[],
  form: Exclude<OutputForm, 'json'>,
): Promise<number> {
  let failed = 0;
  for (const file of files) {
    const error = await errorOf(async () => {
      if (form === 'text') return printWords(engine, file, files.length > 1 ? `${file}: ` : '');
      const { utterances } = (await transcribeFile(engine, file)).transcription;
      return print(form === 'srt' ? toSRT(utterances) : toVTT(utterances));
    });
    if (error) failed++;
  }
  return failed;
}

/**
 * Prints the object of one file, or an array of several, each entry as soon as its file is done. A file that failed has an
 * object with its error. Resolves with the number of files that failed.
 */
async function printJson(engine: Engine, files: readonly string[]): Promise<number> {
  const isArray = files.length > 1;
  let failed = 0;
  // Printed before the first file is done: an output that cannot be written is found before an hour's work.
  if (isArray) await print('[\n');
  for (const [i, file] of files.entries()) {
    let result: object = {};
    const error = await errorOf(async () => {
      const { transcription, wallSeconds } = await transcribeFile(engine, file);
      result = toJson(transcription, engine.info(), { audioSeconds: transcription.audioSeconds, wallSeconds });
    });
    if (error) failed++;
    const entry = error ? { file, error: error.toWire() } : isArray ? { file, ...result } : result;
    const json = JSON.stringify(entry, null, 2);
    const isLast = i === files.length - 1;
    await print(isArray ? `  ${json.replaceAll('\n', '\n  ')}${isLast ? '\n]' : ','}\n` : `${json}\n`);
  }
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

function throwIfOutputFailed(): void {
  const failure = outputFailure();
  if (failure) throw failure;
}

function parse(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...ENGINE_OPTIONS,
      json: { type: 'boolean', default: false },
      srt: { type: 'boolean', default: false },
      vtt: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const forms = (['json', 'srt', 'vtt'] as const).filter((form) => values[form]);
  if (positionals.length === 0) throw new SttError('invalid-argument', 'found no audio file, expected at least one');
  const streams = positionals.filter((file) => file === '-').length;
  if (streams > 1)
    throw new SttError('invalid-argument', `found - ${streams} times, expected standard input once at most`);
  if (forms.length > 1)
    throw new SttError('invalid-argument', `found --${forms.join(' and --')}, expected one of them`);
  const form = forms[0] ?? 'text';
  if ((form === 'srt' || form === 'vtt') && positionals.length > 1) {
    throw new SttError('invalid-argument', `--${form}: found ${positionals.length} files, expected 1`);
  }
  return { files: positionals, form, engine: engineChoice(values) };
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
    await transcribeFile(engine, file, ({ text }) => printWord(text));
    isDone = true;
  } finally {
    // Also after a failure, whose message belongs on a line by itself.
    if (isDone || before !== label) await print(before === label ? `${label}\n` : '\n');
  }
}

interface TranscribedFile {
  readonly transcription: Transcription;
  /** How long transcribing took, reading included. */
  readonly wallSeconds: number;
}

async function transcribeFile(
  engine: Engine,
  path: string,
  heard?: (word: WireWord) => void,
): Promise<TranscribedFile> {
  const began = performance.now();
  const input = await open(path);
  const pieces = whileOutputLasts(streamAudio(input, engine.sampleRate));
  const transcription = await transcribeSamples(engine, pieces, heard).catch((cause: unknown) => {
    throwIfOutputFailed();
    throw errorNaming(input.name, cause);
  });
  return { transcription, wallSeconds: (performance.now() - began) / 1000 };
}

/** Ends the transcription of a long recording, or of a live one, when its words can no longer be printed. */
async function* whileOutputLasts(pieces: AsyncIterable<Float32Array>): AsyncGenerator<Float32Array, void, undefined> {
  for await (const piece of pieces) {
    throwIfOutputFailed();
    yield piece;
  }
}

const open = (path: string): Promise<AudioBytes> =>
  path === '-' ? Promise.resolve(streamBytes(process.stdin, STANDARD_INPUT)) : fileBytes(path);

function toJson(
  { text, words, turns, metrics }: Transcription,
  { backend, build, threads, fewerThreads, model, instead, adapter, fallback }: EngineInfo,
  seconds: { readonly audioSeconds: number; readonly wallSeconds: number },
): object {
  return {
    text,
    words: words.map(({ text: word, start, end, confidence }) => ({ text: word, start, end, confidence })),
    turns,
    // JSON omits undefined values.
    metrics: { ...metrics, ...seconds, model, instead, backend, build, threads, fewerThreads, adapter, fallback },
  };
}
