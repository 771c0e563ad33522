/** `kyutai-stt eval`: word and character error rates of a model on a folder of recordings and their texts. */
import { parseArgs } from 'node:util';
import { SttError } from '../errors.js';
import type { EngineInfo } from '../protocol/model.js';
import { counted } from './counted.js';
import { compare, isWithin, printedComparison, readEvaluation } from './eval/compare.js';
import { fingerprint } from './eval/fingerprint.js';
import { NORMALISERS, type NormaliserName } from './eval/normaliser.js';
import { printed, toJson } from './eval/report.js';
import { ResultsFile, type Result } from './eval/results-file.js';
import { score } from './eval/score.js';
import { transcribeSet } from './eval/transcribe-set.js';
import { findUtterances } from './eval/utterances.js';
import { ENGINE_OPTIONS, engineChoice, engineUsage, loadEngine, type EngineChoice } from './load-engine.js';
import { oneOf } from './one-of.js';
import { ProgressLine } from './progress-line.js';
import { reportError } from './report-error.js';
import { print } from './standard-output.js';
import { wholeNumber } from './whole-number.js';

const USAGE = `Usage: kyutai-stt eval SET [--model M] [--normaliser basic] [--streams 1] [--results FILE.jsonl] [--json]
       kyutai-stt eval --compare A.json B.json [--margin POINTS] [--seed 1] [--json]

Transcribes a test set and prints its word and character error rates, with substitutions, insertions and deletions, the
worst utterances and the real-time factor. SET is one of

  a folder with LibriSpeech's .trans.txt files beside the audio, in any subfolder
  a folder with a .txt of the same name beside each audio file
  a .tsv file: audio and text, or a first line that names these columns (audio, path or file_name; text or sentence)
  a .jsonl file: {"audio": "a.wav", "text": "…"} in each line

${engineUsage(14)}
  --normaliser  what is no error. basic: case, punctuation and notes in brackets, for French and any other language;
                english: also contractions, numbers and spelling; none: only white space (default basic). The first two
                follow the Whisper paper
  --streams     number of utterances transcribed at once; they share the weights (default 1)
  --results     a file to which each utterance is appended when it is done; a second run continues it
  --worst       number of worst utterances printed (default 10)
  --json        prints the rates and all utterances as JSON

With --compare, A and B are outputs of --json or files of --results. It prints the difference of their word error rates over
the utterances that both have, with the 95 % interval of a bootstrap: 10000 sets of as many utterances, drawn at random.

  --margin      exit code 1 unless the interval shows that B is at most so many percentage points worse than A
  --seed        of the random numbers (default 1): the same seed gives the same interval

Exit code: 0 if all utterances were transcribed, 1 if any was not, 2 for wrong arguments.
`;

const MOST_STREAMS = 64;

interface CompareArguments {
  readonly compare: readonly [a: string, b: string];
  /** Undefined: the one that A and B were made with. */
  readonly normaliser: NormaliserName | undefined;
  /** Percentage points. */
  readonly margin: number | undefined;
  readonly seed: number;
  readonly json: boolean;
}

interface Arguments {
  readonly set: string;
  readonly normaliser: NormaliserName;
  readonly streams: number;
  readonly results: string | undefined;
  readonly worst: number;
  readonly json: boolean;
  readonly engine: EngineChoice;
}

/** `argv` without node, script and subcommand. Resolves with the exit code; throws an SttError or parseArgs' own. */
export async function evalCommand(argv: readonly string[]): Promise<number> {
  const given = parse(argv);
  if (given) return 'compare' in given ? compareSaved(given) : evaluate(given);
  await print(USAGE);
  return 0;
}

async function compareSaved({ compare: paths, normaliser, margin, seed, json }: CompareArguments): Promise<number> {
  const [a, b] = [await readEvaluation(paths[0]), await readEvaluation(paths[1])];
  const comparison = compare(a, b, normaliser, seed);
  const within = margin === undefined ? undefined : isWithin(comparison, margin);
  await print(
    json ? `${JSON.stringify({ ...comparison, margin, within }, null, 2)}\n` : printedComparison(comparison, margin),
  );
  return within === false ? 1 : 0;
}

async function evaluate(given: Arguments): Promise<number> {
  const { set, streams } = given;
  const { utterances, problems, withoutText } = await findUtterances(set);
  const { model, engine } = await loadEngine(given.engine);
  let file: ResultsFile | undefined;
  try {
    const weights = await fingerprint(model);
    const origin = { ...engine.info(), fingerprint: weights };
    file = given.results === undefined ? undefined : await openResults(given.results, origin);
    const line = new ProgressLine(process.stderr);
    const results = new Map<string, Result>();
    const failures: { id: string; error: SttError }[] = [];
    const fail = (id: string, error: SttError): void => {
      line.clear();
      reportError('kyutai-stt eval', error);
      failures.push({ id, error });
    };
    for (const { id, error } of problems) fail(id, error);
    const earlier = file?.earlier ?? new Map<string, Result>();
    await transcribeSet(engine, utterances, streams, earlier, {
      done: (result) => {
        results.set(result.id, result);
        if (earlier.get(result.id)?.bytes !== result.bytes) file?.append(result);
      },
      failed: ({ id }, error) => fail(id, error),
      progress: (share) => line.show(`${results.size + failures.length} of ${utterances.length} utterances`, share),
    });
    line.clear();
    const inOrder = utterances.flatMap(({ id }) => results.get(id) ?? []);
    const evaluation = {
      set,
      score: score(inOrder, given.normaliser),
      results: inOrder,
      failures,
      withoutText,
      engine: engine.info(),
      fingerprint: weights,
      streams,
    };
    await print(given.json ? `${JSON.stringify(toJson(evaluation), null, 2)}\n` : printed(evaluation, given.worst));
    return failures.length > 0 ? 1 : 0;
  } finally {
    file?.close();
    engine.dispose();
  }
}

function openResults(path: string, info: EngineInfo & { readonly fingerprint: string }): Promise<ResultsFile> {
  const { model, backend, build } = info;
  return ResultsFile.open(path, { model, fingerprint: info.fingerprint, backend, build });
}

function parse(argv: readonly string[]): Arguments | CompareArguments | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      ...ENGINE_OPTIONS,
      normaliser: { type: 'string' },
      streams: { type: 'string' },
      results: { type: 'string' },
      worst: { type: 'string' },
      json: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      margin: { type: 'string' },
      seed: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const normaliser =
    values.normaliser === undefined ? undefined : oneOf('--normaliser', values.normaliser, NORMALISERS);
  const { json } = values;
  if (values.compare) {
    const ofRun = Object.keys(ENGINE_OPTIONS) as (keyof typeof ENGINE_OPTIONS)[];
    refuse(values, [...ofRun, 'streams', 'results', 'worst'], 'without --compare');
    const [a, b, ...rest] = positionals;
    if (a === undefined || b === undefined || rest.length > 0)
      throw new SttError('invalid-argument', `--compare: found ${counted(positionals.length, 'file')}, expected 2`);
    const margin = values.margin === undefined ? undefined : points('--margin', values.margin);
    const seed = wholeNumber('--seed', values.seed ?? '1', 0);
    return { compare: [a, b], normaliser, margin, seed, json };
  }
  refuse(values, ['margin', 'seed'], 'with --compare');
  const [set, ...rest] = positionals;
  if (set === undefined || rest.length > 0)
    throw new SttError('invalid-argument', `eval: found ${counted(positionals.length, 'set')}, expected 1`);
  return {
    set,
    normaliser: normaliser ?? 'basic',
    streams: wholeNumber('--streams', values.streams ?? '1', 1, MOST_STREAMS),
    results: values.results,
    worst: wholeNumber('--worst', values.worst ?? '10', 0, 1_000_000),
    json,
    engine: engineChoice(values),
  };
}

/** Options that would be ignored are mistakes. */
function refuse<T extends object>(values: T, options: readonly (keyof T & string)[], where: string): void {
  const found = options.filter((option) => values[option] !== undefined);
  if (found.length === 0) return;
  throw new SttError('invalid-argument', `found --${found.join(', --')}, expected only ${where}`);
}

function points(option: string, value: string): number {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  throw new SttError('invalid-argument', `${option} is ${value}, expected a number of percentage points such as 0.5`);
}
