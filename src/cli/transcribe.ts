/** `kyutai-stt transcribe`: transcribes audio files to text, captions or JSON, with the browser's engine. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Engine } from '../engine/engine.js';
import { SttError } from '../errors.js';
import type { Backend, EngineInfo } from '../protocol/model.js';
import type { WireWord } from '../protocol/stream-events.js';
import { toSRT, toVTT } from '../text/cues.js';
import { fileBytes, STANDARD_INPUT, streamBytes, type AudioBytes } from './audio/audio-bytes.js';
import { FORMATS } from './audio/refusal.js';
import { oneOf } from './one-of.js';
import { openModelFromPath } from './open-model-from-path.js';
import { streamAudio } from './read-audio.js';
import { enableRelaxedSimd } from './relaxed-simd.js';
import { nodeHelpers, threadCount } from './threads.js';
import { transcribeSamples, type Transcription } from './transcribe-samples.js';

const USAGE = `Usage: kyutai-stt transcribe FILE… [--model M] [--json | --srt | --vtt]

Prints the words spoken in audio files (- is standard input) as they are recognised. Files of any length, rate and number
of channels: ${FORMATS}.

  --model    a .gguf file, or a folder in the official layout
             (default: the demo model of the package, which knows a few dozen words)
  --json     text, words with times, turns and metrics; an array for several files
  --srt      SubRip captions of one file
  --vtt      WebVTT captions of one file
  --backend  auto, wasm or webgpu (default auto)
  --build    WASM build: simd or relaxed (default: the fastest that this machine runs)
  --threads  number of CPU threads (default: one per processor, at most four)
`;

const DEMO_MODEL = new URL('../../models/demo-en_fr-q4_0.gguf', import.meta.url);

type OutputForm = 'text' | 'json' | 'srt' | 'vtt';

interface Arguments {
  readonly files: readonly string[];
  readonly model: string;
  readonly form: OutputForm;
  readonly backend: Backend | 'auto';
  readonly build: EngineInfo['build'] | undefined;
  readonly threads: number;
}

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function transcribeCommand(argv: readonly string[]): Promise<number> {
  const given = parse(argv);
  if (!given) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { files, form, backend, build, threads } = given;
  if (build === 'relaxed') enableRelaxedSimd();
  const model = await openModelFromPath(given.model);
  const engine = await Engine.load(model, {
    backend,
    ...(build ? { build } : {}),
    helpers: nodeHelpers(threads),
    yieldToEventLoop: yieldByImmediate,
  });
  try {
    const results: object[] = [];
    for (const file of files) {
      if (form === 'text') {
        await printWords(engine, file, files.length > 1 ? `${file}: ` : '');
        continue;
      }
      const { transcription, wallSeconds } = await transcribeFile(engine, file);
      const { audioSeconds, utterances } = transcription;
      if (form === 'json') results.push(toJson(transcription, engine.info(), { audioSeconds, wallSeconds }));
      else process.stdout.write(form === 'srt' ? toSRT(utterances) : toVTT(utterances));
    }
    if (form === 'json')
      process.stdout.write(`${JSON.stringify(files.length === 1 ? results[0] : results, null, 2)}\n`);
  } finally {
    engine.dispose();
  }
  return 0;
}

function parse(argv: readonly string[]): Arguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      model: { type: 'string', default: fileURLToPath(DEMO_MODEL) },
      json: { type: 'boolean', default: false },
      srt: { type: 'boolean', default: false },
      vtt: { type: 'boolean', default: false },
      backend: { type: 'string', default: 'auto' },
      build: { type: 'string' },
      threads: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const forms = (['json', 'srt', 'vtt'] as const).filter((form) => values[form]);
  if (positionals.length === 0) throw new SttError('invalid-argument', 'found no audio file, expected at least one');
  if (forms.length > 1)
    throw new SttError('invalid-argument', `found --${forms.join(' and --')}, expected one of them`);
  const form = forms[0] ?? 'text';
  if ((form === 'srt' || form === 'vtt') && positionals.length > 1) {
    throw new SttError('invalid-argument', `--${form}: found ${positionals.length} files, expected 1`);
  }
  const backend = oneOf('--backend', values.backend, ['auto', 'wasm', 'webgpu'] as const);
  const build = values.build === undefined ? undefined : oneOf('--build', values.build, ['simd', 'relaxed'] as const);
  return { files: positionals, model: values.model, form, backend, build, threads: threadCount(values.threads) };
}

/** Prints the words of a file as they are recognised, as one line. */
async function printWords(engine: Engine, file: string, label: string): Promise<void> {
  let before = label;
  const print = (text: string): void => {
    process.stdout.write(`${before}${text}`);
    before = ' ';
  };
  try {
    await transcribeFile(engine, file, ({ text }) => print(text));
    if (before === label) print('');
  } finally {
    // Also after a failure, whose message belongs on a line by itself.
    if (before !== label) process.stdout.write('\n');
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
  const transcription = await transcribeSamples(engine, streamAudio(input, engine.sampleRate), heard).catch(
    (cause: unknown) => {
      const error = SttError.from(cause, path);
      throw new SttError(error.code, error.message.startsWith(path) ? error.message : `${path}: ${error.message}`, {
        cause,
      });
    },
  );
  return { transcription, wallSeconds: (performance.now() - began) / 1000 };
}

const open = (path: string): Promise<AudioBytes> =>
  path === '-' ? Promise.resolve(streamBytes(process.stdin, STANDARD_INPUT)) : fileBytes(path);

function toJson(
  { text, words, turns, metrics }: Transcription,
  { backend, build, threads, fewerThreads, model, adapter, fallback }: EngineInfo,
  seconds: { readonly audioSeconds: number; readonly wallSeconds: number },
): object {
  return {
    text,
    words: words.map(({ text: word, start, end, confidence }) => ({ text: word, start, end, confidence })),
    turns,
    // JSON omits undefined values.
    metrics: { ...metrics, ...seconds, model, backend, build, threads, fewerThreads, adapter, fallback },
  };
}

/** Yields to the event loop; Node's timers would wait a millisecond, longer than a frame of a small model. */
const yieldByImmediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
