/** `kyutai-stt transcribe`: transcribes audio files and folders to text, captions or JSON, with the browser's engine. */
import { parseArgs } from 'node:util';
import type { Engine } from '../engine/engine.js';
import { SttError } from '../errors.js';
import type { ExportForm } from '../text/exports.js';
import { AUDIO_EXTENSIONS } from './audio/audio-names.js';
import { FORMATS } from './audio/refusal.js';
import { ENGINE_OPTIONS, engineChoice, engineUsage, loadEngine, type EngineChoice } from './load-engine.js';
import { print } from './standard-output.js';
import { printTranscripts } from './transcribe/print-transcripts.js';
import { findRecordings, isProblem, STDIN, type Found } from './transcribe/recordings.js';
import { inShard, shardOption, type Shard } from './transcribe/shard.js';
import { writeTranscripts } from './transcribe/write-transcripts.js';

const USAGE = `Usage: kyutai-stt transcribe INPUT… [--model M] [--json | --srt | --vtt | --md]
       kyutai-stt transcribe INPUT… --out-dir DIR [--txt] [--vtt] [--srt] [--json] [--md] [--shard 1/1] [--force]

Transcribes audio files of any length, rate and number of channels: ${FORMATS}. An INPUT
is a file, - for standard input, or a folder: all files below it whose names end in an audio format's extension, such as
${AUDIO_EXTENSIONS}, sorted by path.

${engineUsage(11)}
  --txt      text (default). Without --out-dir it is printed as it is recognised, a line for each file
  --json     text, utterances, words with times, turns and metrics. Without --out-dir, for several files or a folder, an
             array, printed as each is done, whose entries name their file. A bad file's entry is
             {"file": …, "error": {"code": …, "message": …}}
  --srt      SubRip captions; of one file without --out-dir
  --vtt      WebVTT captions; of one file without --out-dir
  --md       Markdown with the times of utterances; of one file without --out-dir
  --out-dir  folder for a file of each chosen form for each recording, in the same subfolders as the recordings. A file that
             exists is not written again, so that a second run continues the first. The paths of written files are printed
  --force    with --out-dir: transcribes again what is finished, and replaces its files
  --refresh-context
             for speech that goes on for many minutes: in pauses the model starts again with an empty context
  --shard    I/N: only the I-th of N parts of the recordings, such as 3/8, so that N commands share the work

A bad file is reported on standard error, and the others are transcribed. Exit code: 0 if all files were transcribed, 1 if
any was not, 2 for wrong arguments, 141 if standard output was closed (as by head).
`;

const FORMS = ['json', 'srt', 'vtt', 'txt', 'md'] as const;
const WHOLE: Shard = { part: 1, of: 1 };

interface Arguments {
  readonly inputs: readonly string[];
  readonly forms: readonly [ExportForm, ...ExportForm[]];
  readonly outDir: string | undefined;
  readonly shard: Shard;
  readonly force: boolean;
  readonly refreshContext: boolean;
  readonly engine: EngineChoice;
}

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function transcribeCommand(argv: readonly string[]): Promise<number> {
  const given = parse(argv);
  if (!given) {
    await print(USAGE);
    return 0;
  }
  const found = await findRecordings(given.inputs);
  const openEngine = async (): Promise<Engine> => (await loadEngine(given.engine, given)).engine;
  const failed =
    given.outDir === undefined
      ? await printFound(found, given, openEngine)
      : await writeTranscripts(found.inputs, { ...given, folder: given.outDir, openEngine });
  return failed > 0 ? 1 : 0;
}

async function printFound(
  { inputs, hasFolder }: Found,
  { forms: [form], shard }: Arguments,
  openEngine: () => Promise<Engine>,
): Promise<number> {
  const recordings = inputs.filter((input) => !isProblem(input));
  if (form !== 'txt' && form !== 'json' && recordings.length > 1)
    throw new SttError(
      'invalid-argument',
      `--${form}: found ${recordings.length} files, expected 1, or several with --out-dir`,
    );
  // Problems belong to every shard: a folder may be unreadable on one machine only.
  const mine = new Set(inShard(recordings, shard));
  const areNamed = hasFolder || inputs.length > 1;
  const engine = await openEngine();
  try {
    const part = inputs.filter((input) => isProblem(input) || mine.has(input));
    return await printTranscripts(engine, part, { form, areNamed });
  } finally {
    engine.dispose();
  }
}

function parse(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...ENGINE_OPTIONS,
      txt: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      srt: { type: 'boolean', default: false },
      vtt: { type: 'boolean', default: false },
      md: { type: 'boolean', default: false },
      'out-dir': { type: 'string' },
      force: { type: 'boolean', default: false },
      shard: { type: 'string' },
      'refresh-context': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const { 'out-dir': outDir, force } = values;
  if (positionals.length === 0)
    throw new SttError('invalid-argument', 'found no audio file, expected at least one file or folder');
  const streams = positionals.filter((input) => input === STDIN).length;
  if (streams > 1)
    throw new SttError('invalid-argument', `found - ${streams} times, expected standard input once at most`);
  const [first = 'txt', ...others] = FORMS.filter((form) => values[form]);
  if (outDir === undefined && others.length > 0)
    throw new SttError(
      'invalid-argument',
      `found --${[first, ...others].join(' and --')}, expected one of them, or --out-dir`,
    );
  if (outDir === '') throw new SttError('invalid-argument', '--out-dir is empty, expected a folder');
  if (outDir === undefined && force)
    throw new SttError('invalid-argument', 'found --force, expected it only with --out-dir');
  return {
    inputs: positionals,
    forms: [first, ...others],
    outDir,
    shard: values.shard === undefined ? WHOLE : shardOption(values.shard),
    force,
    refreshContext: values['refresh-context'],
    engine: engineChoice(values),
  };
}
